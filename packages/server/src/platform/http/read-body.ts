import type { IncomingMessage } from "node:http";
import { NarrowgateError } from "@narrowgate/kernel";

function tooLarge(maxBytes: number): NarrowgateError {
  return new NarrowgateError("request_too_large", `the body is larger than ${maxBytes} bytes`);
}

/** Chunks as they come; an iterator over the stream would cost more than the rest of reading. */
function collect(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const onData = (chunk: Uint8Array): void => {
    size += chunk.length;
    chunks.push(chunk);
    if (size <= maxBytes) return;
    // Nothing more is kept; who sent it is still told why.
    request.off("data", onData);
    reject(tooLarge(maxBytes));
  };
  const broken = (cause?: unknown): void =>
    reject(new NarrowgateError("malformed_input", "the body broke off", { cause }));
  request.on("data", onData);
  request.once("end", () => {
    // Every request closes; only one that never ended broke off, and an error for each would cost its stack.
    request.off("close", broken);
    const [only] = chunks;
    resolve(only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks, size));
  });
  request.once("error", broken);
  request.once("close", broken);
  return promise;
}

/**
 * Reads a request body of bounded size.
 * Trust: attacker-controlled. The time is bounded by the server's request timeout.
 * @param maxBytes - largest body that is taken
 * @throws NarrowgateError `request_too_large`, or `malformed_input` when the sender breaks off
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const declared = Number(request.headers["content-length"] ?? 0);
  if (declared > maxBytes) throw tooLarge(maxBytes);
  return collect(request, maxBytes);
}
