import { LOAD_LEVELS, type RequiredDrill } from "@narrowgate/contracts";
import type { RecordedDrill, World } from "./world.ts";

/** What drills say of a control, of those the profile demands. */
export type DrillPart =
  | { readonly kind: "none" }
  | {
      readonly kind: "pass" | "fail" | "missing" | "stale";
      readonly says: string;
      readonly entries: readonly string[];
    };

/** The one that ended last; of several that did, the first. */
function newestOf(results: readonly RecordedDrill[]): RecordedDrill | undefined {
  const named = results.filter(({ result }) => result.release !== undefined);
  return (named.length > 0 ? named : results).reduce<RecordedDrill | undefined>(
    (newest, one) => (newest === undefined || one.result.ended > newest.result.ended ? one : newest),
    undefined,
  );
}

/** Results of a drill that speak of this release and this build, at any load. */
function resultsHere({ drills, build, release }: World, drill: string): readonly RecordedDrill[] {
  return drills.filter(
    ({ result }) =>
      result.drill === drill && result.build === build && (result.release ?? release) === release,
  );
}

/**
 * The newest result of a drill for this release and this build, at the demanded load or above. One about the plane stands
 * in only where none names this release (C-20): it says nothing of what the other found.
 */
export function newestDrill(world: World, required: RequiredDrill): RecordedDrill | undefined {
  const least = LOAD_LEVELS.indexOf(required.load);
  return newestOf(
    resultsHere(world, required.drill).filter(({ result }) => LOAD_LEVELS.indexOf(result.load) >= least),
  );
}

/** What is there in place of a result at the demanded load: none, or one at less, which counts for nothing here. */
function sayMissing(world: World, { drill, load, trials }: RequiredDrill): string {
  const less = newestOf(resultsHere(world, drill))?.result;
  if (less === undefined) return `${drill} has no result for this release and build`;
  const ended = { pass: "passed", fail: "failed", not_established: "showed nothing" }[less.verdict];
  return `${drill} ${ended} with ${less.trials} trials at ${less.load}; ${trials} at ${load} are demanded`;
}

/** What one demanded drill came to. */
export function judgeDrill(
  world: World,
  required: RequiredDrill,
  maxAgeSeconds: number,
): Exclude<DrillPart, { kind: "none" }> {
  const { drill, load, trials } = required;
  const newest = newestDrill(world, required);
  if (newest === undefined) return { kind: "missing", says: sayMissing(world, required), entries: [] };
  const { result, entry } = newest;
  const entries = [entry];
  if (result.verdict === "fail")
    return { kind: "fail", says: `${drill}: ${result.failures} of ${result.trials} trials failed`, entries };
  if (result.verdict === "not_established")
    return { kind: "missing", says: `${drill}: ${result.unmet ?? "could not run"}`, entries };
  if (result.trials < trials)
    return {
      kind: "missing",
      says: `${drill} passed with ${result.trials} trials at ${result.load}; ${trials} at ${load} are demanded`,
      entries,
    };
  if (world.at - result.ended > maxAgeSeconds * 1000)
    return { kind: "stale", says: `${drill} was last run too long ago`, entries };
  return { kind: "pass", says: `${drill}: no failure in ${result.trials} trials`, entries };
}

const worst = ["fail", "missing", "stale", "pass"] as const;

/** What the demanded drills of a control came to together: the worst of them. */
export function judgeDrills(
  world: World,
  drills: readonly string[],
  maxAgeSeconds: number | undefined,
): DrillPart {
  const demanded = world.profile.drills.filter(({ drill }) => drills.includes(drill));
  if (maxAgeSeconds === undefined || demanded.length === 0) return { kind: "none" };
  const judged = demanded.map((required) => judgeDrill(world, required, maxAgeSeconds));
  const kind = worst.find((one) => judged.some((part) => part.kind === one)) ?? "missing";
  const says = judged.filter((part) => part.kind === kind).map((part) => part.says);
  const entries = [...new Set(judged.flatMap((part) => part.entries))].sort();
  return { kind, says: says.join("; ").slice(0, 1024), entries };
}
