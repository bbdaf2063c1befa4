import type { IncomingMessage } from "node:http";
import { type JsonValue, NarrowgateError, parseStrictJson } from "@narrowgate/kernel";
import { readBody } from "../platform/http/read-body.ts";

const MAX_BODY_BYTES = 1024;

/**
 * The body of a request of our own pages. The content type is one that no form of another site can send.
 * Trust: attacker-controlled.
 * @throws `malformed_input`, `malformed_json`, `payload_too_large`
 */
export async function readJsonBody(message: IncomingMessage): Promise<JsonValue> {
  if (message.headers["content-type"] !== "application/json")
    throw new NarrowgateError("malformed_input", "the content type must be application/json");
  return parseStrictJson(await readBody(message, MAX_BODY_BYTES), { maxBytes: MAX_BODY_BYTES });
}
