import type { ControlResult, CountedDrill, GateProfile } from "@narrowgate/contracts";
import { LOAD_LEVELS } from "@narrowgate/contracts";
import type { Catalogue, CatalogueControl } from "../catalogue/catalogue.ts";

/** What each level means. A level says what is known of a control, not how good its idea is. */
export const MATURITY: readonly string[] = [
  "nothing is known: no subject, nothing looked at, or the check broke",
  "looked at, and broken",
  "looked at, and open: not all could be decided, or it is too old",
  "watched: holds over everything that was looked at",
  "drilled: holds, and every drill the catalogue names for it passed on this release and build",
  "drilled at scale: at the load of the catalogue, with a hundred trials or more each, and nothing left undecided",
];

/** A control's level, 0 to 5, and what would raise it. */
export type Maturity = { readonly level: number; readonly raise?: string };

/** Trials of a drill that level 5 asks for: no failure among them supports a rate below 3 %. */
const MANY_TRIALS = 100;

/**
 * The level of a control, from its verdict, population, coverage and drills. Age is in the verdict: what is too old is stale.
 * @see docs/spec/assurance.md section 7
 */
export function maturityOf(
  result: ControlResult,
  row: CatalogueControl,
  around: { readonly drills: readonly CountedDrill[]; readonly catalogue: Catalogue },
): Maturity {
  const { verdict, population, unmet = "" } = result;
  if (verdict === "fail") return { level: 1, raise: "remove what breaks it" };
  if (verdict === "not_applicable") return { level: 3, raise: "there is nothing to govern" };
  const isUnknown = verdict === "error" || (verdict === "not_established" && population.count === 0);
  if (isUnknown) return { level: 0, raise: unmet };
  if (verdict === "not_established" || verdict === "stale") return { level: 2, raise: unmet };
  return drilled(result, row, around);
}

function drilled(
  { decided, population }: ControlResult,
  row: CatalogueControl,
  { drills, catalogue }: { readonly drills: readonly CountedDrill[]; readonly catalogue: Catalogue },
): Maturity {
  if (row.drills.length === 0) return { level: 3, raise: "the catalogue names no drill for it" };
  const best = row.drills.map((id) => ({ id, passed: bestOf(drills, id) }));
  const missing = best
    .filter(({ passed }) => passed === undefined)
    .map(({ id }) => nameWithWhy(catalogue, id));
  if (missing.length > 0) return { level: 3, raise: `pass ${missing.join(", ")}` };
  const short = best.filter(({ id, passed }) => passed !== undefined && !isAtScale(catalogue, id, passed));
  if (short.length > 0)
    return {
      level: 4,
      raise: `at full load and ${MANY_TRIALS} trials: ${short.map(({ id }) => id).join(", ")}`,
    };
  return decided < population.count ? { level: 4, raise: "decide all of what is looked at" } : { level: 5 };
}

function bestOf(drills: readonly CountedDrill[], id: string): CountedDrill | undefined {
  return drills.findLast(({ result }) => result.drill === id && result.verdict === "pass");
}

function nameWithWhy({ drills }: Catalogue, id: string): string {
  const absent = drills.find((one) => one.id === id)?.absent;
  return absent === undefined ? id : `${id} (not in this version: ${absent})`;
}

function isAtScale({ drills }: Catalogue, id: string, { result }: CountedDrill): boolean {
  const asked = drills.find((one) => one.id === id)?.load ?? "L3";
  return LOAD_LEVELS.indexOf(result.load) >= LOAD_LEVELS.indexOf(asked) && result.trials >= MANY_TRIALS;
}

/** Mean level of the controls a profile names, to one decimal: a summary, and no verdict. */
export function meanLevel(
  levels: readonly { readonly control: string; readonly level: number }[],
  { controls }: Pick<GateProfile, "controls">,
): number {
  const counted = levels.filter(({ control }) => controls.includes(control));
  const sum = counted.reduce((all, { level }) => all + level, 0);
  return counted.length === 0 ? 0 : Math.round((sum * 10) / counted.length) / 10;
}
