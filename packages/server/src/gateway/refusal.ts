import { ERROR_CATALOGUE, type ErrorCode, isErrorCode } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";

/** A request that goes no further. It is an outcome, not an exception. */
export interface Refusal {
  readonly kind: "refusal";
  readonly code: ErrorCode;
  /** Said to the caller instead of the catalogue's sentence. */
  readonly sentence?: string;
  /** Scopes for a step-up challenge. */
  readonly scope?: string;
  /** Members of the JSON-RPC error's `data`, beside `code`. */
  readonly data?: JsonObject;
  /** HTTP status where the transport asks for another than the catalogue's. */
  readonly status?: number;
  /** Kept in evidence, sealed, and for operators; never shown to the caller. */
  readonly detail?: JsonObject;
}

/** Makes a refusal. */
export function refuse(code: ErrorCode, extra: Omit<Refusal, "kind" | "code"> = {}): Refusal {
  return { kind: "refusal", code, ...extra };
}

/** The sentence a person reads. */
export function sentenceOf(refusal: Refusal): string {
  return refusal.sentence ?? ERROR_CATALOGUE[refusal.code].sentence;
}

/** Reads a code that travelled as text; one that is not in the catalogue is our own fault. */
export function toErrorCode(code: string): ErrorCode {
  return isErrorCode(code) ? code : "internal_error";
}
