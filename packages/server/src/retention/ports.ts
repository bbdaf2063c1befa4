import type { EvidenceSink, SealedPart, StateReader } from "@narrowgate/contracts";
import type { Clock } from "@narrowgate/kernel";

/** Whom a transaction is about, as its public leaves say. */
export interface AboutTransaction {
  readonly txn: string;
  /** Refs. */
  readonly agents: ReadonlySet<string>;
  readonly subjects: ReadonlySet<string>;
  /** Unix milliseconds of its first and its last leaf. */
  readonly firstMs: number;
  readonly lastMs: number;
  readonly isClosed: boolean;
}

/** A request of an operator whose signature was verified. */
export interface SignedRequest {
  readonly operator: string;
  /** The exact compact JWS. */
  readonly jws: string;
}

/** What the room needs of the log. */
export interface RecordedWork {
  /** @throws `not_found` */
  about(txn: string): Promise<AboutTransaction>;
  /** Which of these parts were not erased yet. */
  left(txn: string, parts: readonly SealedPart[]): Promise<readonly SealedPart[]>;
  /** Ids and times of transactions that have ended and began before an instant, youngest first. */
  endedBefore(ms: number): AsyncIterable<{ readonly id: string; readonly lastMs: number }>;
  /**
   * Erases, with a leaf, in one commit. `guard` is asked in the last moment, when nothing can come between.
   * @throws what `guard` throws, `evidence_unavailable`
   */
  erase(order: {
    readonly txn: string;
    readonly parts: readonly SealedPart[];
    readonly rule: string;
    readonly operator: string;
    readonly request?: string;
    readonly guard: () => void;
  }): Promise<void>;
}

/** Days that each part is kept after the end of its transaction; a part that is absent is kept. */
export interface RetentionRules {
  /** Ref of who signed that. */
  readonly operator: string;
  readonly days: { readonly [P in SealedPart]?: number };
}

/** What the room stands on. */
export interface RetentionPorts {
  readonly evidence: Pick<EvidenceSink, "record">;
  readonly state: StateReader;
  readonly clock: Clock;
  readonly work: RecordedWork;
  /** Undefined: all is kept. */
  readonly rules: () => Promise<RetentionRules | undefined>;
}
