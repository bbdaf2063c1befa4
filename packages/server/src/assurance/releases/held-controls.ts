import type { Evaluation } from "@narrowgate/contracts";

/** Controls about the release itself: they are what the gate checks, and hold only once it has passed. */
const HELD_BY_THE_GATE: ReadonlySet<string> = new Set(["IDN-03", "POL-03", "REL-01", "REL-03", "REL-04"]);

/** Controls that block a release. */
export function blocking(evaluation: Evaluation): readonly string[] {
  return evaluation.blocking.filter((control) => !HELD_BY_THE_GATE.has(control));
}
