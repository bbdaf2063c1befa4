import { invariant } from "./errors.ts";

/** Where the time comes from. */
export interface Clock {
  /** Milliseconds since the Unix epoch, as a whole number. */
  nowMs(): number;
}

/** A {@link Clock} that moves only when told to. */
export interface ManualClock extends Clock {
  /** Moves forward by `ms` (whole, not negative) milliseconds. */
  advance(ms: number): void;
  /** Moves to `ms` since the Unix epoch, forward or back. */
  set(ms: number): void;
}

/** The platform's clock. */
export const systemClock: Clock = { nowMs: () => Date.now() };

function checkMs(ms: number): number {
  invariant(Number.isSafeInteger(ms) && ms >= 0, "a time is a whole, non-negative number of milliseconds");
  return ms;
}

/**
 * Makes a clock for tests and replays.
 * @param startMs - milliseconds since the Unix epoch
 * @throws NarrowgateError `internal_error` on a negative or fractional number, here and in its methods
 */
export function manualClock(startMs: number): ManualClock {
  let now = checkMs(startMs);
  return {
    nowMs: () => now,
    advance: (ms) => {
      now += checkMs(ms);
    },
    set: (ms) => {
      now = checkMs(ms);
    },
  };
}
