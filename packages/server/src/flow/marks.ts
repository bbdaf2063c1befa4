/** How many permits transactions and instances were given since the start. */
export interface Marks {
  /** Changes with every permit to either. */
  of(task: { readonly txn: string; readonly instance: string }): string;
  /** Counts a permit to both. */
  count(task: { readonly txn: string; readonly instance: string }): void;
  /** @param ref - a transaction or an instance that is no more */
  forget(ref: string): void;
}

/** Nothing was permitted yet. */
export function createMarks(): Marks {
  const counts = new Map<string, number>();
  const at = (ref: string): number => counts.get(ref) ?? 0;
  return {
    of: ({ txn, instance }) => `${at(txn)}/${at(instance)}`,
    count({ txn, instance }) {
      for (const ref of [txn, instance]) counts.set(ref, at(ref) + 1);
    },
    forget: (ref) => void counts.delete(ref),
  };
}
