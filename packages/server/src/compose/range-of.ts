/** What a reading of leaves is recorded as: the first of them, and how many there are. */
export function rangeOf(indexes: readonly number[]): { readonly from: number; readonly count: number } {
  if (indexes.length === 0) return { from: 0, count: 0 };
  // One by one: a transaction may have more leaves than a call takes arguments.
  const from = indexes.reduce((first, index) => Math.min(first, index));
  return { from, count: indexes.length };
}
