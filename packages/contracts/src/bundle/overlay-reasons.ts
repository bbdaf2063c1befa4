import type { HeldLeaf } from "./leaf-reasons.ts";

/**
 * Ids of the overlays among these that were in force where a decision stands: put before it, not over at its time, and
 * lifted by no leaf before it.
 * @param overlays - `overlay` leaves, of either action. TRUST: may be attacker-controlled.
 * @param slackMs - how long after its end one counts still: a decision is made a moment before its leaf
 * @see docs/spec/evidence.md E-37
 */
export function overlaysInForce(
  overlays: readonly HeldLeaf<"overlay">[],
  { leaf }: HeldLeaf<"decision">,
  slackMs: number,
): readonly string[] {
  const before = overlays.filter((held) => held.leaf.writer.seq < leaf.writer.seq);
  const lifted = new Set(before.map((held) => held.leaf.body.overlay));
  return before
    .filter(({ leaf: { body, id } }) => !lifted.has(id) && leaf.at < (body.until ?? 0) + slackMs)
    .map((held) => held.leaf.id);
}
