import type { ServerResponse } from "node:http";
import type { JsonObject } from "@narrowgate/kernel";
import { answerHeaders, openEventStream, sendEvent } from "./event-stream.ts";

/**
 * The answer to one request: one JSON document; or a stream that ends with the answer, as soon as there is something to
 * say before it, or where the client names streams before documents.
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

/** @param accept - header of the client; both forms must be there, the first is what it would rather have */
function prefersStream(accept: string | undefined): boolean {
  return /^\s*text\/event-stream/i.test(accept ?? "");
}

/**
 * Opens the channel on a response that was not written to yet.
 * @param accept - the header of that name
 */
export function openAnswerChannel(res: ServerResponse, accept: string | undefined): AnswerChannel {
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
      const isStreamed = status === 200 && message?.["jsonrpc"] === "2.0" && prefersStream(accept);
      if (isStreamed && !res.headersSent) openEventStream(res, headers);
      if (res.headersSent) endStream(res, message);
      else answerWhole(res, status, message, headers);
    },
  };
}
