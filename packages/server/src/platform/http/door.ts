import type { Clock } from "@narrowgate/kernel";
import { createTokenBuckets, type Rate } from "./token-buckets.ts";

/** Who asks to be let in. */
export interface Visitor {
  /** Whose budget it is, see `sourceOf`. */
  readonly source: string;
  /**
   * A key that belongs to somebody we know and that the request names. Nothing was verified: it opens a budget of its own
   * and nothing else.
   */
  readonly knownKey?: string;
}

/** Let in, or not. */
export type Admission =
  | {
      readonly kind: "admitted";
      /** To be called once, with the HTTP status of the answer. */
      settle(status: number): void;
    }
  | { readonly kind: "turned_away"; readonly retryAfterSeconds: number };

/** Bounds the work that is done for strangers. */
export interface Door {
  admit(visitor: Visitor): Admission;
}

/** Rates of a door. */
export interface DoorRates {
  /** Of one source that names no known key. */
  readonly source: Rate;
  /** Of all such sources together. */
  readonly strangers: Rate;
  /** Failures of one known key from one source; beyond it the source is taken for a stranger. */
  readonly failures: Rate;
}

/**
 * The rates in force. At 500 a second strangers cost less than a tenth of a core in signature checks, and at most 150,000
 * entries of single use per slot of five minutes, a thirteenth of what fits.
 */
export const doorRates: DoorRates = {
  source: { burst: 300, perSecond: 50 },
  strangers: { burst: 2_000, perSecond: 500 },
  failures: { burst: 300, perSecond: 50 },
};

const ALL = "all";

/**
 * Makes a door.
 * INVARIANT: who names a known key and does not fail is never turned away, whatever strangers do: the budgets are apart.
 * Someone else's key opens nothing for long: failures are counted by key and source, so that they are not the owner's.
 * Memory: strangers of all sources take from one bucket first, which bounds how many sources can have one of their own.
 */
export function createDoor(clock: Clock, rates: DoorRates = doorRates): Door {
  const sources = createTokenBuckets(rates.source);
  const strangers = createTokenBuckets(rates.strangers);
  const failures = createTokenBuckets(rates.failures);

  const admitStranger = (source: string, nowMs: number): Admission => {
    // ORDER: asked first and taken last: a source without a token of its own takes none from the rest.
    if (!strangers.has(ALL, nowMs) || !sources.take(source, nowMs)) {
      const waitMs = Math.max(strangers.waitMs(ALL, nowMs), sources.waitMs(source, nowMs));
      return { kind: "turned_away", retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)) };
    }
    strangers.take(ALL, nowMs);
    return {
      kind: "admitted",
      settle(status) {
        // Whoever was let in after all was no stranger.
        if (status >= 400) return;
        sources.giveBack(source, clock.nowMs());
        strangers.giveBack(ALL, clock.nowMs());
      },
    };
  };

  return {
    admit({ source, knownKey }) {
      const nowMs = clock.nowMs();
      const name = `${source} ${knownKey}`;
      if (knownKey === undefined || !failures.has(name, nowMs)) return admitStranger(source, nowMs);
      return {
        kind: "admitted",
        settle(status) {
          if (status >= 400 && status < 500) failures.take(name, clock.nowMs());
        },
      };
    },
  };
}
