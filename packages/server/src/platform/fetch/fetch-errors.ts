import { NarrowgateError } from "@narrowgate/kernel";

/** The address may not be fetched. The reason is for operators: it would tell a caller about our network. */
export function fetchRefused(detail: string): NarrowgateError {
  return new NarrowgateError("fetch_refused", "that address may not be fetched", { detail });
}

/** The remote side did not give a document we can use. `detail` holds nothing of what it sent. */
export function fetchFailed(detail: string, cause?: unknown): NarrowgateError {
  return new NarrowgateError(
    "fetch_failed",
    "a remote document could not be fetched",
    cause === undefined ? { detail } : { detail, cause },
  );
}
