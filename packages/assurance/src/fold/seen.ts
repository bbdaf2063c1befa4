import type { Leaf, LeafType, SealedPart } from "@narrowgate/contracts";
import type { Known } from "./known.ts";

/** A sealed part of a leaf that a control must have opened to decide. */
export type Want = { readonly id: string; readonly index: number; readonly part: SealedPart };

/**
 * An opened part as it is kept: an object for `proof` and `content`, a list for `inputs`; undefined where it was erased,
 * never sealed, or is not disclosed. Trust: only that it is JSON.
 */
export type Open = (want: Want) => unknown;

/** One leaf of the log, in its order. */
export interface Entry<T extends LeafType = LeafType> {
  readonly leaf: Leaf<T>;
  readonly index: number;
}

/** What a control is shown of a leaf. */
export interface Seen<T extends LeafType = LeafType> extends Entry<T> {
  /** What stands in the log before this leaf. */
  readonly known: Known;
  readonly open: Open;
}

/** A part of this very leaf. */
export function own({ leaf, index }: Entry, part: SealedPart): Want {
  return { id: leaf.id, index, part };
}

/** Narrows to one type of leaf. */
export function isSeen<T extends LeafType>(seen: Seen, type: T): seen is Seen<T> {
  return seen.leaf.type === type;
}
