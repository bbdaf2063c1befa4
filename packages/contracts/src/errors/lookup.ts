import { type JsonObject, NarrowgateError } from "@narrowgate/kernel";
import { ERROR_CATALOGUE, type ErrorCode, type ErrorRow } from "./catalogue.ts";

/** Tells whether `code` is a row of the catalogue. Trust: `code` may be anything. */
export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === "string" && Object.hasOwn(ERROR_CATALOGUE, code);
}

/**
 * Looks up a code. A code without a row is our own fault and reads as `internal_error`, so that a caller never
 * leaks an unknown code.
 */
export function errorRow(code: string): ErrorRow {
  return isErrorCode(code) ? ERROR_CATALOGUE[code] : ERROR_CATALOGUE.internal_error;
}

// RFC 6749 section 5.2 allows these characters in an error_description.
const forbiddenInDescription = /[^\x20-\x21\x23-\x5b\x5d-\x7e]/g;

/** What a caller may read about a failure: `publicMessage` of a {@link NarrowgateError} where it has one. */
export function describeError(code: string, description?: string): string {
  return description === undefined || description === "" ? errorRow(code).sentence : description;
}

/**
 * The JSON body of an OAuth error answer. `narrowgate_code` carries our own stable code.
 * Trust: `description` is a public message; characters RFC 6749 forbids in it become `'` or `?`.
 * @see RFC 6749 section 5.2
 */
export function oauthErrorBody(code: ErrorCode, description?: string): JsonObject {
  const shown = describeError(code, description).slice(0, 500).replaceAll('"', "'");
  return {
    error: errorRow(code).oauth,
    error_description: shown.replace(forbiddenInDescription, "?"),
    narrowgate_code: code,
  };
}

/** The `error` member of a JSON-RPC answer, for what is a protocol error and not a tool result. */
export function jsonRpcErrorBody(code: ErrorCode, description?: string): JsonObject {
  return {
    code: errorRow(code).jsonrpc,
    message: describeError(code, description),
    data: { code, retryable: errorRow(code).retryable },
  };
}

/**
 * An error of the catalogue, with the catalogue's sentence unless `message` says more.
 * @param message - public: shown to whoever sent the request
 */
export function catalogueError(code: ErrorCode, message?: string, detail?: string): NarrowgateError {
  return new NarrowgateError(code, describeError(code, message), detail === undefined ? {} : { detail });
}
