import type { Control } from "../../fold/control.ts";
import { judgeDrill, newestDrill } from "../../fold/drill-part.ts";
import { nothingFound, worldControl } from "../../fold/leaf-control.ts";
import { DRILL_SAW } from "../vantage.ts";

const maxAge = 30 * 86_400;

/** REL-02: every drill that the profile demands passed, for this release and this build, with the trials it demands. */
export const rel02: Control = worldControl({
  id: "REL-02",
  of: "trials of the drills that the profile demands",
  vantage: [
    DRILL_SAW,
    "What was simulated in a drill is named in its result. The bound says what no failure in so many trials supports, and no more.",
  ],
  judge({ world }) {
    const { drills } = world.profile;
    if (drills.length === 0) return { ...nothingFound(), unmet: "the profile demands no drill" };
    const judged = drills.map((required) => judgeDrill(world, required, maxAge));
    const results = drills.flatMap((required) => newestDrill(world, required) ?? []);
    const says = (kind: string): string[] => judged.filter((one) => one.kind === kind).map((one) => one.says);
    const names = (kind: string): string[] =>
      drills.flatMap(({ drill }, i) => (judged[i]?.kind === kind ? [drill] : []));
    const trials = results.reduce((all, { result }) => all + result.trials, 0);
    const [missing, stale, failed] = [names("missing"), names("stale"), says("fail")];
    return {
      population: trials,
      decided: trials,
      violations: failed.map((one) => ({ says: one })),
      violationsInAll: failed.length,
      evidence: results.slice(0, 32).map(({ entry, index }) => ({ entry, index })),
      drills: results.map(({ entry }) => entry),
      parameters: { drills: drills.length, passed: names("pass").length, simulated: simulatedIn(results) },
      ...(missing.length === 0
        ? {}
        : { unmet: `${sayOf(missing, drills.length)} have not passed as demanded` }),
      ...(stale.length === 0 ? {} : { stale: `${sayOf(stale, drills.length)} were last run too long ago` }),
    };
  },
});

/** Which of all: why stands in the record of the drills, and at the controls that they are evidence of. */
function sayOf(named: readonly string[], all: number): string {
  return `${named.length} of ${all} demanded drills (${named.join(", ")})`.slice(0, 900);
}

function simulatedIn(
  results: readonly { readonly result: { readonly simulated: readonly string[] } }[],
): number {
  return results.filter(({ result }) => result.simulated.length > 0).length;
}
