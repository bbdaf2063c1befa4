import { type Control, type Finding, type Limits, numberLimit } from "../../fold/control.ts";
import { newestDrill } from "../../fold/drill-part.ts";
import { nothingFound, worldControl } from "../../fold/leaf-control.ts";
import { member } from "../../fold/opened.ts";
import type { RecordedDrill } from "../../fold/world.ts";
import { DRILL_SAW } from "../vantage.ts";

const drill = "DR-25";

/** CTN-01: the kill switch was used in a drill, and stopped what it should in time. */
export const ctn01: Control = worldControl({
  id: "CTN-01",
  of: "uses of the kill switch in a drill",
  limits: { local_stop_ms: 1000, contained_ms: 60_000, drilled_within_s: 30 * 86_400 },
  vantage: [DRILL_SAW, "Who was on call, and that it was not the builder, is not on record."],
  judge({ world, limits }) {
    const load = world.profile.drills.find((one) => one.drill === drill)?.load ?? "L0";
    const newest = newestDrill(world, { drill, load, trials: 1 });
    return newest === undefined || newest.result.verdict === "not_established"
      ? {
          ...nothingFound(),
          unmet: newest?.result.unmet ?? "the kill switch was not drilled with this release and build",
        }
      : ofDrill(newest, world.at, limits);
  },
});

function ofDrill({ entry, index, result }: RecordedDrill, at: number, limits: Limits): Finding {
  const figures = ["local_stop_ms", "contained_ms"];
  const missing = figures.filter((name) => typeof member(result.figures, name) !== "number");
  const late = figures.filter((name) => Number(member(result.figures, name)) > numberLimit(limits, name));
  const hasFailed = result.verdict === "fail" || result.failures > 0;
  const failed = hasFailed
    ? [{ entry, says: `${result.failures} of ${result.trials} were not stopped` }]
    : [];
  // A profile that does not demand the drill does not age it either.
  const isOld = at - result.ended > numberLimit(limits, "drilled_within_s") * 1000;
  const violations = [...failed, ...late.map((name) => ({ entry, says: `${name} is above its limit` }))];
  return {
    population: result.trials,
    decided: result.trials,
    violations,
    violationsInAll: violations.length,
    evidence: [{ entry, index }],
    drills: [entry],
    parameters: { figures: result.figures, miss_bound: result.bound },
    ...(missing.length === 0 ? {} : { unmet: `the drill does not say ${missing.join(" and ")}` }),
    ...(isOld ? { stale: "the kill switch was last drilled too long ago" } : {}),
  };
}
