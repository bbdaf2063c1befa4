import { hash } from "node:crypto";
import { canonicalJson, type JsonValue } from "@narrowgate/kernel";

/** SHA-256 as base64url. */
export function digestOf(bytes: Uint8Array | string): string {
  return hash("sha256", bytes, "base64url");
}

/** SHA-256 of the canonical JSON of a value, as base64url. */
export function digestOfJson(value: JsonValue): string {
  return digestOf(canonicalJson(value));
}
