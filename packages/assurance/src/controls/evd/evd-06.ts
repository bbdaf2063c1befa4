import { SEALED_PARTS } from "@narrowgate/contracts";
import { type Control, type Finding, type Limits, numberLimit } from "../../fold/control.ts";
import { nothingFound, worldControl } from "../../fold/leaf-control.ts";
import { missBound } from "../../fold/sample.ts";
import type { AgeBand, RetentionFacts } from "../../fold/world.ts";
import { PLANE_SAID } from "../vantage.ts";

const monthSeconds = 30 * 86_400;

/** EVD-06: evidence is kept as long as it must be, old records come back whole, and what is held does not go. */
export const evd06: Control = worldControl({
  id: "EVD-06",
  of: "records that were fetched back, by age, and erasures made while a hold stood",
  limits: { kept_days: 183, fetch_age_s: monthSeconds },
  vantage: [
    PLANE_SAID,
    "Which records are fetched follows from the root of the log's tree; who runs the log could append leaves until it follows otherwise.",
    "What contracts and laws demand nobody looked up: it is the limit `kept_days`. Copies and backups are not looked at.",
  ],
  judge({ world: { retention, at }, limits }) {
    if (retention === undefined) return { ...nothingFound(), unmet: "no records were fetched back" };
    const gap = gapOf(retention.bands);
    const isOld = at - retention.at > numberLimit(limits, "fetch_age_s") * 1000;
    return {
      ...counted(retention, limits),
      parameters: figuresOf(retention),
      ...(gap === undefined ? {} : { unmet: gap }),
      ...(isOld ? { stale: "records were last fetched back too long ago" } : {}),
    };
  },
});

function counted(retention: RetentionFacts, limits: Limits): Finding {
  const { failed, looked } = retention;
  const violations = [...tooShort(retention, limits), ...failed];
  const population = fetchedIn(retention.bands) + looked;
  return {
    population,
    decided: population,
    violations,
    violationsInAll: violations.length,
    evidence: [],
  };
}

/** Leaves are kept for good; what is sealed beside them goes by settings: those of now, and those by which it went. */
function tooShort({ days, rule_days: went }: RetentionFacts, limits: Limits): Finding["violations"] {
  const least = numberLimit(limits, "kept_days");
  const short = SEALED_PARTS.flatMap((part) => {
    const kept = days[part] ?? Number.POSITIVE_INFINITY;
    return kept < least ? [{ says: `${part} is kept ${kept} days of the ${least} that are demanded` }] : [];
  });
  if (went === undefined || went >= least) return short;
  return [...short, { says: `parts went by a rule of ${went} days, and ${least} are demanded` }];
}

/** INVARIANT: records of a day do not show that old ones come back, nor do those of which nothing is left but the leaf. */
function gapOf(bands: readonly AgeBand[]): string | undefined {
  if (fetchedIn(bands) === 0) return undefined;
  const old = bands.filter(({ from_days, fetched }) => from_days > 0 && fetched > 0);
  if (old.length === 0) return "no record is older than a day: nothing shows yet that old ones come back";
  return old.every(({ opened }) => opened === 0)
    ? "of the records older than a day nothing sealed came back"
    : undefined;
}

function fetchedIn(bands: readonly AgeBand[]): number {
  return bands.reduce((sum, { fetched }) => sum + fetched, 0);
}

function figuresOf({
  bands,
  days,
  rule_days,
  holds,
  erasures,
  looked,
}: RetentionFacts): NonNullable<Finding["parameters"]> {
  const empty = bands.filter(({ records }) => records === 0).map(({ from_days }) => from_days);
  return {
    bands: bands.map((band) => ({ ...band, miss_bound: missBound(band.fetched) })),
    ages_without_records: empty,
    kept: Object.fromEntries(SEALED_PARTS.map((part) => [part, days[part] ?? "for good"])),
    ...(rule_days === undefined ? {} : { went_by_rule_of_days: rule_days }),
    holds,
    erasures_under_holds: erasures,
    erasures_looked_at: looked,
  };
}
