import { fromBase64url } from "@narrowgate/kernel";

/** Indexes from `from` on and before `to`. */
export type IndexRange = { readonly from: number; readonly to: number };

/**
 * Draws indexes that follow from the root of a tree: whoever evaluates under the same head draws the same ones.
 * @param root - base64url. @param count - at most so many; all of a range that has no more
 */
export function drawnIndexes(root: string, { from, to }: IndexRange, count: number): readonly number[] {
  const width = Math.max(0, to - from);
  if (width <= count) return Array.from({ length: width }, (_, i) => from + i);
  const drawn = new Set<number>();
  let state = fromBase64url(root).reduce((sum, byte) => (sum * 31 + byte) % 2_147_483_647, 7);
  for (let i = 0; i < count; i++) {
    state = (state * 48_271) % 2_147_483_647;
    drawn.add(from + (state % width));
  }
  return [...drawn];
}
