import { NarrowgateError } from "./errors.ts";

const byteTexts: readonly string[] = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, "0"));

/** Encodes bytes as lower-case hex. */
export function toHex(b: Uint8Array): string {
  let text = "";
  for (const byte of b) text += byteTexts[byte] ?? "";
  return text;
}

/**
 * Decodes hex, accepting only what {@link toHex} writes: lower case, whole bytes.
 * Trust: the text may be attacker-controlled; its length is the caller's to bound.
 * @throws NarrowgateError `malformed_bytes`
 */
export function fromHex(s: string): Uint8Array<ArrayBuffer> {
  if (s.length % 2 !== 0 || !/^[0-9a-f]*$/.test(s)) {
    throw new NarrowgateError("malformed_bytes", "text is not lower-case hex");
  }
  const bytes = new Uint8Array(s.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(s.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
