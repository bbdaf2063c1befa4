import type { RecordedDrill } from "@narrowgate/assurance";
import type { ControlResult, Evaluation, ReadinessFacts } from "@narrowgate/contracts";

const MAX_DRILLS = 4096;

/**
 * Results that stand behind an evaluation of this log: of its release and build, and on record when it was made. What was
 * drilled since would stand beside verdicts that know nothing of it.
 */
export function drillsBehind(
  drills: readonly RecordedDrill[],
  build: string,
  {
    release,
    log,
    results,
  }: Pick<Evaluation, "release" | "log"> & { readonly results: readonly Pick<ControlResult, "drills">[] },
): ReadinessFacts["drills"] {
  const counted = new Set(results.flatMap((result) => result.drills));
  const isOfThen = ({ entry, index }: RecordedDrill): boolean => index < log.size || counted.has(entry);
  return drills
    .filter((drill) => drill.result.build === build && (drill.result.release ?? release) === release)
    .filter(isOfThen)
    .slice(-MAX_DRILLS);
}
