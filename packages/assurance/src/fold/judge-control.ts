import { type ControlResult, type ControlVerdict, MAX_NAMED } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import type { CatalogueControl } from "../catalogue/catalogue.ts";
import type { Control, Finding } from "./control.ts";
import type { Fold } from "./create-fold.ts";
import { type DrillPart, judgeDrills } from "./drill-part.ts";
import { nothingFound } from "./leaf-control.ts";
import type { World } from "./world.ts";

/** A verdict and, where it has one, the sentence that goes with it. */
type Judged = { readonly verdict: ControlVerdict; readonly says?: string };

/** How long a result of a control counts where the catalogue binds it to a release or a build: 90 days. */
const boundMaxAge = 90 * 86_400;

/** Longest the result of the instance where a release was tested counts, in seconds. */
export const TESTED_MAX_AGE_S: number = 30 * 86_400;

/**
 * The result of one control: counter-example before predicate, predicate before gaps, gaps before age.
 * @see docs/spec/assurance.md C-10 to C-14
 */
export function judgeControl(
  fold: Fold,
  control: Control,
  row: CatalogueControl,
  world: World,
): ControlResult {
  const found = fold.find(control, world);
  const finding = found.kind === "found" ? found.finding : nothingFound();
  const drills = judgeDrills(world, row.drills, row.evidence.drill_s);
  const judged =
    found.kind === "broke"
      ? { verdict: "error" as const, says: found.says }
      : judge(control, finding, { drills, hidden: hiddenIn(fold, world, finding) });
  const from = Math.max(world.window.from, Math.min(fold.known.beganAt, world.window.to));
  const failedDrill = drills.kind === "fail" ? [{ says: drills.says }] : [];
  const entries = drills.kind === "none" ? [] : drills.entries;
  return {
    control: control.id,
    verdict: judged.verdict,
    population: { count: finding.population, of: control.of },
    decided: finding.decided,
    window: { from, to: world.window.to },
    max_age_s: row.evidence.continuous_s ?? row.evidence.drill_s ?? boundMaxAge,
    vantage: control.vantage,
    violations: [...failedDrill, ...finding.violations].slice(0, MAX_NAMED),
    violations_in_all: finding.violationsInAll + failedDrill.length,
    evidence: finding.evidence,
    ...sentence(judged),
    drills: [...new Set([...entries, ...(finding.drills ?? [])])].sort(),
    parameters: parametersOf(fold, control, finding),
  };
}

function parametersOf(fold: Fold, control: Control, { parameters }: Finding): JsonObject {
  const floor = control.floor === undefined ? {} : { decidable_at_least: control.floor };
  return { ...fold.limitsOf(control), ...floor, ...parameters };
}

function sentence({ verdict, says = "" }: Judged): Pick<ControlResult, "unmet" | "predicate"> {
  if (verdict === "not_applicable") return { predicate: says };
  return verdict === "pass" || verdict === "fail" ? {} : { unmet: says };
}

/** What bears on a verdict beside what was found. */
type Beside = {
  readonly drills: DrillPart;
  /** How many things lack a part that somebody may have had erased on request. */
  readonly hidden: number;
};

const dayMs = 86_400_000;

/**
 * INVARIANT: nobody takes a counter-example away by asking. What was erased on request cannot be told from what only grew
 * old once both are gone, so one such erasure in the window holds for every part that is not there. Whatever is in the
 * window is erased behind its beginning; days count whole.
 */
function hiddenIn({ known }: Fold, { window }: World, { gone = 0 }: Finding): number {
  const { erasedOnRequestAt } = known;
  const from = window.from - (window.from % dayMs);
  return erasedOnRequestAt !== undefined && erasedOnRequestAt >= from ? gone : 0;
}

function judge(control: Control, finding: Finding, beside: Beside): Judged {
  const { drills } = beside;
  if (finding.violationsInAll > 0 || drills.kind === "fail") return { verdict: "fail" };
  if (finding.predicate !== undefined) return { verdict: "not_applicable", says: finding.predicate };
  const gap = gapOf(control, finding, beside);
  if (gap !== undefined) return { verdict: "not_established", says: gap };
  const old = finding.stale ?? (drills.kind === "stale" ? drills.says : undefined);
  return old === undefined ? { verdict: "pass" } : { verdict: "stale", says: old };
}

function gapOf(control: Control, finding: Finding, { drills, hidden }: Beside): string | undefined {
  if (control.absent !== undefined) return control.absent;
  if (finding.unmet !== undefined) return finding.unmet;
  if (finding.population === 0) return `nothing to look at in the window: no ${control.of}`;
  if (hidden > 0)
    return `${hidden} of ${finding.population} cannot be decided, and parts were erased on request in the window`;
  if (finding.decided < finding.population * (control.floor ?? 1))
    return `${finding.population - finding.decided} of ${finding.population} cannot be decided from what is on record`;
  return drills.kind === "missing" ? drills.says : undefined;
}
