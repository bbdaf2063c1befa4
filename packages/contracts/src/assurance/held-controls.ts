import type { Evaluation } from "./evaluation.ts";

/**
 * Controls about the release itself: that its manifest and its policies are signed by the four (`IDN-03`, `POL-03`,
 * `REL-01`), that it is what is in force (`REL-04`), and that nothing else blocks (`REL-03`). They hold only once the gate
 * has let it through, which looks at the same things itself and offline is held to them: at signatures, at what is
 * registered, and at every other control.
 * @see docs/spec/release.md R-20
 */
const HELD_BY_THE_GATE: ReadonlySet<string> = new Set(["IDN-03", "POL-03", "REL-01", "REL-03", "REL-04"]);

/** Controls of an evaluation that keep a release back at the gate. */
export function keptBack({ blocking }: Pick<Evaluation, "blocking">): readonly string[] {
  return blocking.filter((control) => !HELD_BY_THE_GATE.has(control));
}
