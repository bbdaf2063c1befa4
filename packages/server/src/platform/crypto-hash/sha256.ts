import { hash } from "node:crypto";
import type { Sha256 } from "@narrowgate/kernel";

/** SHA-256 by node:crypto, in the shape the pure packages ask for. */
export const nodeSha256: Sha256 = (data) => hash("sha256", data, "buffer");

/**
 * SHA-256 as 43 characters of base64url; text is hashed as UTF-8.
 * Trust: text must be well formed (canonical JSON always is), else two texts could share a digest.
 */
export function sha256Base64url(data: Uint8Array | string): string {
  return hash("sha256", data, "base64url");
}
