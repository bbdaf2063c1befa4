/**
 * Remembers what was used, in two generations, so that memory is bounded by time and not by count of rounds.
 *
 * INVARIANT: an entry is remembered for at least one whole generation after it was added; callers refuse anything that
 * could be older than that by other means (the nonce slot of a proof, the `exp` of an assertion).
 */
export interface SingleUse {
  /** True the first time; false when `digest` was used before. @throws never; a full generation refuses (fail closed) */
  take(digest: string): boolean;
  /** Starts a new generation; what is two generations old is forgotten. */
  rotate(): void;
  size(): number;
}

/** @param maxEntries - per generation; beyond it everything is refused until the next rotation (fail closed) */
export function createSingleUse(maxEntries = 2_000_000): SingleUse {
  let current = new Set<string>();
  let previous = new Set<string>();
  return {
    take(digest) {
      if (current.has(digest) || previous.has(digest) || current.size >= maxEntries) return false;
      current.add(digest);
      return true;
    },
    rotate() {
      previous = current;
      current = new Set();
    },
    size: () => current.size + previous.size,
  };
}
