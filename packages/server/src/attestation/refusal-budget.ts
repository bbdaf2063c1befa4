import type { Clock } from "@narrowgate/kernel";

const MINUTE_MS = 60_000;

/** How many refusals may still be put on record for one agent or issuer. */
export interface RefusalBudget {
  /** Takes one; false when this minute has none left. */
  take(name: string): boolean;
}

/**
 * Bounds what callers who are not yet anybody can make the log grow by.
 * @param perMinute - refusals for each name and minute; names are agents and issuers of the registry, so they are few
 */
export function createRefusalBudget(clock: Clock, perMinute: number): RefusalBudget {
  let counts = new Map<string, number>();
  let minute = 0;
  return {
    take(name) {
      const now = Math.floor(clock.nowMs() / MINUTE_MS);
      if (now !== minute) {
        minute = now;
        counts = new Map();
      }
      const count = (counts.get(name) ?? 0) + 1;
      counts.set(name, count);
      return count <= perMinute;
    },
  };
}
