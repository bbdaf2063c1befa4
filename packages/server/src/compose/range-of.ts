/** What a reading of leaves is recorded as: the first of them, and how many there are. */
export function rangeOf(indexes: readonly number[]): { readonly from: number; readonly count: number } {
  return indexes.length === 0 ? { from: 0, count: 0 } : { from: Math.min(...indexes), count: indexes.length };
}
