/** How much of something scarce each caller holds at the moment. */
export interface Shares {
  /**
   * Takes one.
   * @param jkt - thumbprint of the caller's key: one key can have any number of tokens
   * @returns what gives it back, to be called once; undefined when the caller has its share
   */
  take(jkt: string): (() => void) | undefined;
}

/**
 * Makes shares of equal size, so that no caller can use up what all of them need.
 * @param perCaller - how many one caller may hold
 */
export function createShares(perCaller: number): Shares {
  const held = new Map<string, number>();
  return {
    take(jkt) {
      const count = held.get(jkt) ?? 0;
      if (count >= perCaller) return undefined;
      held.set(jkt, count + 1);
      return () => {
        const left = (held.get(jkt) ?? 1) - 1;
        if (left === 0) held.delete(jkt);
        else held.set(jkt, left);
      };
    },
  };
}
