import { NarrowgateError } from "./errors.ts";

const encoder = new TextEncoder();
// ignoreBOM keeps a leading U+FEFF in the text: decoding stays reversible.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Encodes text as UTF-8, one to one: different strings never give the same bytes.
 * @throws NarrowgateError `malformed_bytes` when the text holds a lone surrogate
 */
export function utf8(s: string): Uint8Array<ArrayBuffer> {
  // TextEncoder would turn every lone surrogate into U+FFFD, so that two texts could share one digest.
  if (!s.isWellFormed()) {
    throw new NarrowgateError("malformed_bytes", "text holds a lone surrogate");
  }
  return encoder.encode(s);
}

/**
 * Decodes UTF-8, keeping a leading byte order mark.
 * Trust: the bytes may be attacker-controlled.
 * @throws NarrowgateError `malformed_bytes` when the bytes are not valid UTF-8
 */
export function fromUtf8(b: Uint8Array): string {
  try {
    return decoder.decode(b);
  } catch (cause) {
    throw new NarrowgateError("malformed_bytes", "bytes are not valid UTF-8", { cause });
  }
}

/** Joins byte strings in order into a new array. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Compares two byte strings in time that depends on their lengths alone. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  // The fallbacks are unreachable (equal lengths) and do not branch on content.
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}
