import type { SealedPart } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import type { SignedRequest } from "./signed-request.ts";

/** What a hold is to be over: exactly one of these. */
export interface WantedHold {
  readonly txn?: string;
  /** Id of an agent. */
  readonly agent?: string;
  /** Subject of mandates, as they name it. */
  readonly person?: string;
  /** Unix milliseconds. */
  readonly time?: { readonly from: number; readonly to: number };
  readonly reason: string;
}

/** What is to be erased: one transaction, or all of a person that have ended. */
export interface WantedErasure {
  readonly txn?: string;
  readonly person?: string;
  readonly parts: readonly SealedPart[];
  readonly rule: string;
}

/** Legal holds and erasure, as the admin API sees them. */
export interface RetentionPort {
  /** Newest first; reasons are sealed in the log, and shown here to operators. */
  holds(): readonly JsonObject[];
  /** @throws `not_found`, `overloaded`, `evidence_unavailable` */
  place(wanted: WantedHold, request: SignedRequest): Promise<JsonObject>;
  /** @throws `not_found`, `conflict`, `evidence_unavailable` */
  end(id: string, reason: string, request: SignedRequest): Promise<JsonObject>;
  /** @throws `not_found`, `conflict`, `under_hold`, `evidence_unavailable` */
  erase(wanted: WantedErasure, request: SignedRequest): Promise<JsonObject>;
}
