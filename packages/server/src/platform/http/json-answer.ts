import type { ServerResponse } from "node:http";
import { describeError, type ErrorCode, errorRow, isErrorCode } from "@narrowgate/contracts";
import { isNarrowgateError, type JsonObject, type JsonValue } from "@narrowgate/kernel";

/** An HTTP answer with a JSON body. */
export interface JsonAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: JsonValue;
}

/** An HTTP answer whose bytes must arrive as they are. */
export interface BytesAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
  readonly contentType: string;
}

/** A good answer. */
export function okAnswer(body: JsonValue, status = 200): JsonAnswer {
  return { status, body };
}

/**
 * The answer to a failure: status and sentence come from the catalogue.
 * @param more - members beside code and message, such as a list of problems
 */
export function errorAnswer(code: ErrorCode, message?: string, more: JsonObject = {}): JsonAnswer {
  const row = errorRow(code);
  // Codes that are tool results elsewhere have status 200 there; here a refusal is never a 200.
  const status = row.http === 200 ? 403 : row.http;
  const error = {
    ...more,
    code,
    message: describeError(code, message),
    exit: row.exit,
    retryable: row.retryable,
  };
  return { status, body: { error } };
}

/** The answer to what was thrown: the public message of our own errors, and nothing of any other. */
export function thrownAnswer(error: unknown): JsonAnswer {
  if (!isNarrowgateError(error) || !isErrorCode(error.code)) return errorAnswer("internal_error");
  return errorAnswer(error.code, error.publicMessage);
}

/** Head and body in one; nothing of it may be stored by anybody on the way. */
function send(
  response: ServerResponse,
  { status, headers, contentType }: Omit<BytesAnswer, "bytes">,
  body: string | Uint8Array,
): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, {
    ...headers,
    "cache-control": "no-store",
    "content-length": Buffer.byteLength(body),
    "content-type": contentType,
    "x-content-type-options": "nosniff",
  });
  response.end(body);
}

/** Sends an answer. Nothing of it may be stored by anybody on the way. */
export function sendJson(response: ServerResponse, { body, ...head }: JsonAnswer): void {
  // As text, because Node writes head and text in one piece, and bytes in two.
  send(response, { ...head, contentType: "application/json" }, `${JSON.stringify(body)}\n`);
}

/** Sends an answer byte for byte; as little to be stored as any. */
export function sendBytes(response: ServerResponse, { bytes, ...head }: BytesAnswer): void {
  send(response, head, bytes);
}
