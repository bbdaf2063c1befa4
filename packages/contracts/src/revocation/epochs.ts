import type { EpochPair } from "../token/claims.ts";

/** What can be revoked. @see docs/spec/evidence.md section 4 (`revocation`) */
export const REVOCABLE_KINDS = [
  "mandate",
  "grant",
  "token",
  "agent",
  "instance",
  "subject",
  "release",
  "all",
] as const;

/** One of {@link REVOCABLE_KINDS}. */
export type RevocableKind = (typeof REVOCABLE_KINDS)[number];

/** What the token service and the gate ask of the containment room on each request. In memory, O(pairs). */
export interface EpochReader {
  /** Current epoch of `kind:ref`; 0 when it was never revoked. */
  current(kindRef: string): number;
  /** The first pair whose current epoch is above the one in the token, or undefined. Also covers `all`. */
  firstDead(pairs: readonly EpochPair[]): string | undefined;
  /** Number of the newest revocation leaf (the feed position). */
  position(): number;
}

/** Ends what is below a revoked id (live streams, pending calls). */
export interface RevocationListener {
  onRevoked(kindRef: string): void;
}
