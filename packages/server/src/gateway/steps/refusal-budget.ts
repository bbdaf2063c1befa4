import type { Clock } from "@narrowgate/kernel";

/** How many refusals each caller may still put on record. */
export interface RefusalBudget {
  /** Takes one; false when there is none left, and the request is turned away without being decided. */
  take(jkt: string): boolean;
}

const minuteMs = 60_000;

/**
 * Bounds what a caller can make the log grow by. Counted by key, because one key can have any number of tokens.
 * @param perMinute - refusals per key and minute
 */
export function createRefusalBudget(clock: Clock, perMinute: number): RefusalBudget {
  let counts = new Map<string, number>();
  let minute = 0;
  return {
    take(jkt) {
      const now = Math.floor(clock.nowMs() / minuteMs);
      if (now !== minute) {
        minute = now;
        counts = new Map();
      }
      const count = (counts.get(jkt) ?? 0) + 1;
      counts.set(jkt, count);
      return count <= perMinute;
    },
  };
}
