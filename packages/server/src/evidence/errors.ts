import { NarrowgateError } from "@narrowgate/kernel";

/** The writer has stopped: it does not know whether its last commit is on disk. Nothing may be let through. */
export function evidenceUnavailable(cause?: unknown): NarrowgateError {
  return new NarrowgateError(
    "evidence_unavailable",
    "evidence cannot be written",
    cause === undefined ? {} : { cause },
  );
}

/** The queue is full; nothing of the group was taken. */
export function overloaded(): NarrowgateError {
  return new NarrowgateError("overloaded", "the evidence queue is full");
}

/** The store, its anchor or its tail do not fit together. `detail` is for operators. */
export function stateRolledBack(detail: string): NarrowgateError {
  return new NarrowgateError("state_rolled_back", "the store does not match its anchor", { detail });
}

/** A draft breaks a rule that its room guarantees. */
export function draftRefused(detail: string): NarrowgateError {
  return new NarrowgateError("internal_error", "internal error", { detail: `evidence draft: ${detail}` });
}

/** What the store or a remote party gave back is not what was put in. */
export function verificationFailed(detail: string): NarrowgateError {
  return new NarrowgateError("verification_failed", "the evidence does not verify", { detail });
}
