import { createHmac } from "node:crypto";
import { fromBase64, NarrowgateError } from "@narrowgate/kernel";

const PREFIX = "whsec_";
const MIN_BYTES = 24;
const MAX_BYTES = 64;

/**
 * Reads the secret of a receiver.
 * @param text - `whsec_` and 24 to 64 bytes in base64
 * @throws NarrowgateError `malformed_input`; the secret stands in no message
 */
export function readWebhookSecret(text: string): Uint8Array {
  const refuse = (): never => {
    throw new NarrowgateError(
      "malformed_input",
      "the secret of a webhook is whsec_ and 24 to 64 bytes in base64",
    );
  };
  if (!text.startsWith(PREFIX) || text.length > 128) return refuse();
  try {
    const bytes = fromBase64(text.slice(PREFIX.length));
    return bytes.length >= MIN_BYTES && bytes.length <= MAX_BYTES ? bytes : refuse();
  } catch {
    return refuse();
  }
}

/** A message as it is sent: what is signed, and when. */
export interface WebhookMessage {
  /** The same for each try, so that a receiver can tell them. */
  readonly id: string;
  /** Unix seconds. */
  readonly timestamp: number;
  readonly body: string;
}

/** Headers by which a receiver knows that a message is ours. @see Standard Webhooks, signature scheme v1 (HMAC-SHA256) */
export function webhookHeaders(
  secret: Uint8Array,
  { id, timestamp, body }: WebhookMessage,
): Readonly<Record<string, string>> {
  const mac = createHmac("sha256", secret).update(`${id}.${timestamp}.${body}`).digest("base64");
  return {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": `v1,${mac}`,
  };
}
