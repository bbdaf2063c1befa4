import type { Leaf } from "@narrowgate/contracts";
import type { Known } from "./known.ts";

/** Erasures under holds that are looked at, at most. */
const DRAWN = 256;

/** Adds a legal hold, or its end. @see docs/spec/evidence.md E-38 */
export function learnHold({ holds }: Known, { body }: Leaf<"registry">, index: number): void {
  if (body.action === "created") {
    if (holds.placed[body.ref] === undefined) holds.standing++;
    holds.placed[body.ref] ??= { from: index };
    return;
  }
  const placed = holds.placed[body.ref];
  if (placed === undefined || placed.to !== undefined) return;
  placed.to = index;
  holds.standing--;
}

/** Adds an erasure, where any hold stands: those whose ids come first are kept to be held against the holds. */
export function learnErasure({ holds }: Known, { id, body }: Leaf<"erasure">, index: number): void {
  if (holds.standing === 0 || body.txn === undefined) return;
  holds.erasures++;
  holds.drawn.push({ entry: id, index, txn: body.txn });
  if (holds.drawn.length <= DRAWN) return;
  holds.drawn.sort((a, b) => (a.entry < b.entry ? -1 : 1));
  holds.drawn.length = DRAWN;
}
