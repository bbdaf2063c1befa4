import { hash } from "node:crypto";

/** SHA-256 by node:crypto, in the shape the pure packages take. */
export function sha256Node(data: Uint8Array): Uint8Array {
  return hash("sha256", data, "buffer");
}
