import type { IncomingMessage } from "node:http";
import { type Refusal, refuse } from "../refusal.ts";

/** A body that was read whole. */
export interface Body {
  readonly kind: "body";
  readonly bytes: Uint8Array;
}

/**
 * Reads a request body of bounded size in bounded time.
 * Trust: the body and its declared length are the client's.
 */
export function readBody(req: IncomingMessage, maxBytes: number, maxMs: number): Promise<Body | Refusal> {
  const declared = Number(req.headers["content-length"] ?? 0);
  if (declared > maxBytes) return Promise.resolve(refuse("request_too_large"));
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const finish = (outcome: Body | Refusal): void => {
      clearTimeout(timer);
      req.off("data", onData);
      resolve(outcome);
    };
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      chunks.push(chunk);
      if (length > maxBytes) finish(refuse("request_too_large"));
    };
    const timer = setTimeout(
      () =>
        finish(refuse("invalid_request", { status: 408, sentence: "The request did not arrive in time." })),
      maxMs,
    );
    req.on("data", onData);
    req.once("end", () =>
      finish({
        kind: "body",
        bytes: chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks),
      }),
    );
    req.once("error", () => finish(refuse("invalid_request")));
    req.once("aborted", () => finish(refuse("invalid_request")));
  });
}
