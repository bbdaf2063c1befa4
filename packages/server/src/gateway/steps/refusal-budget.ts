import type { Clock } from "@narrowgate/kernel";

/** How many refusals each token may still put on record. */
export interface RefusalBudget {
  /** Takes one; false when there is none left, and the request is turned away without being decided. */
  take(jti: string): boolean;
}

const minuteMs = 60_000;

/**
 * Bounds what a holder of a valid token can make the log grow by.
 * @param perMinute - refusals per token and minute
 */
export function createRefusalBudget(clock: Clock, perMinute: number): RefusalBudget {
  let counts = new Map<string, number>();
  let minute = 0;
  return {
    take(jti) {
      const now = Math.floor(clock.nowMs() / minuteMs);
      if (now !== minute) {
        minute = now;
        counts = new Map();
      }
      const count = (counts.get(jti) ?? 0) + 1;
      counts.set(jti, count);
      return count <= perMinute;
    },
  };
}
