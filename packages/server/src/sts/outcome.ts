import type { ErrorCode } from "@narrowgate/contracts";

/** A refusal is an outcome, not an exception: a catalogue code, what the caller may read, what only the operator may. */
export interface Refusal {
  readonly kind: "refused";
  readonly code: ErrorCode;
  /** Public sentence; absent = the catalogue's. Never holds a token, a secret or another party's text. */
  readonly description?: string;
  /** For the operator's log only. */
  readonly detail?: string;
}

/** Makes a refusal. */
export function refuse(code: ErrorCode, description?: string, detail?: string): Refusal {
  return {
    kind: "refused",
    code,
    ...(description === undefined ? {} : { description }),
    ...(detail === undefined ? {} : { detail }),
  };
}

/** Is this step result a refusal? */
export function isRefusal(value: object): value is Refusal {
  return "kind" in value && value.kind === "refused";
}
