import type { IncomingMessage } from "node:http";
import { isNarrowgateError, NarrowgateError } from "@narrowgate/kernel";

function tooLarge(maxBytes: number): NarrowgateError {
  return new NarrowgateError("request_too_large", `the body is larger than ${maxBytes} bytes`);
}

/**
 * Reads a request body of bounded size.
 * Trust: attacker-controlled. The time is bounded by the server's request timeout.
 * @param maxBytes - largest body that is taken
 * @throws NarrowgateError `request_too_large`, or `malformed_input` when the sender breaks off
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const declared = Number(request.headers["content-length"] ?? 0);
  if (declared > maxBytes) throw tooLarge(maxBytes);
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of request) {
      if (!(chunk instanceof Uint8Array))
        throw new NarrowgateError("malformed_input", "the body is not bytes");
      size += chunk.length;
      if (size > maxBytes) throw tooLarge(maxBytes);
      chunks.push(chunk);
    }
  } catch (error) {
    if (isNarrowgateError(error)) throw error;
    throw new NarrowgateError("malformed_input", "the body broke off", { cause: error });
  }
  return new Uint8Array(Buffer.concat(chunks, size));
}
