import type { ServerResponse } from "node:http";
import type { JsonObject } from "@narrowgate/kernel";
import { answerHeaders, openEventStream, sendEvent } from "./event-stream.ts";

/**
 * The answer to one request: one JSON document, or, as soon as there is something to say before the answer, a stream that
 * ends with it.
 */
export interface AnswerChannel {
  /** Says something before the answer. */
  notify(message: JsonObject): void;
  /** Answers. Once a stream has begun its status stands. */
  finish(status: number, message: JsonObject | undefined, headers?: Readonly<Record<string, string>>): void;
  /** Aborted when the client is gone before the answer was sent. */
  readonly gone: AbortSignal;
}

function endStream(res: ServerResponse, message: JsonObject | undefined): void {
  if (message !== undefined) sendEvent(res, message);
  res.end();
}

function answerWhole(
  res: ServerResponse,
  status: number,
  message: JsonObject | undefined,
  headers: Readonly<Record<string, string>>,
): void {
  // As text, because Node writes head and text in one piece, and bytes in two.
  const body = message === undefined ? undefined : JSON.stringify(message);
  const length = body === undefined ? 0 : Buffer.byteLength(body);
  const type = body === undefined ? {} : { "Content-Type": "application/json" };
  res.writeHead(status, { ...answerHeaders, ...type, "Content-Length": length, ...headers });
  res.end(body);
}

/** Opens the channel on a response that was not written to yet. */
export function openAnswerChannel(res: ServerResponse): AnswerChannel {
  const abort = new AbortController();
  let done = false;
  res.once("close", () => {
    if (!done) abort.abort();
  });
  return {
    gone: abort.signal,
    notify(message) {
      if (done || res.destroyed) return;
      if (!res.headersSent) openEventStream(res);
      if (!sendEvent(res, message)) res.destroy();
    },
    finish(status, message, headers = {}) {
      if (done) return;
      done = true;
      if (res.destroyed) return;
      if (res.headersSent) endStream(res, message);
      else answerWhole(res, status, message, headers);
    },
  };
}
