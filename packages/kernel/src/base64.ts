import { NarrowgateError } from "./errors.ts";

const commonAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

interface Codec {
  /** The two characters of each 12-bit group: half the look-ups of one character at a time. */
  readonly pairs: readonly string[];
  readonly alphabet: string;
  /** Six-bit value by character code; 255 for a character outside the alphabet. */
  readonly values: Uint8Array;
}

function makeCodec(alphabet: string): Codec {
  const pairs: string[] = [];
  for (const first of alphabet) for (const second of alphabet) pairs.push(first + second);
  const values = new Uint8Array(128).fill(255);
  for (let i = 0; i < alphabet.length; i++) values[alphabet.charCodeAt(i)] = i;
  return { pairs, alphabet, values };
}

const urlCodec = makeCodec(`${commonAlphabet}-_`);
const standardCodec = makeCodec(`${commonAlphabet}+/`);

function encode({ pairs, alphabet }: Codec, b: Uint8Array): string {
  const whole = b.length - (b.length % 3);
  let text = "";
  for (let i = 0; i < whole; i += 3) {
    const group = ((b[i] ?? 0) << 16) | ((b[i + 1] ?? 0) << 8) | (b[i + 2] ?? 0);
    text += (pairs[group >> 12] ?? "") + (pairs[group & 4095] ?? "");
  }
  const rest = b.length - whole;
  const first = b[whole] ?? 0;
  if (rest === 1) text += pairs[first << 4] ?? "";
  if (rest === 2) {
    const group = (first << 8) | (b[whole + 1] ?? 0);
    text += (pairs[group >> 4] ?? "") + alphabet.charAt((group & 15) << 2);
  }
  return text;
}

function refuse(): never {
  throw new NarrowgateError("malformed_bytes", "text is not canonical base64");
}

/** Decodes the first `length` characters of `s`, none of which may be padding. */
function decode({ values }: Codec, s: string, length: number): Uint8Array<ArrayBuffer> {
  if (length % 4 === 1) refuse();
  const bytes = new Uint8Array(Math.floor((length * 3) / 4));
  let at = 0;
  let bits = 0;
  let held = 0;
  for (let i = 0; i < length; i++) {
    const value = values[s.charCodeAt(i)] ?? 255;
    if (value === 255) refuse();
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = held >> bits;
    }
  }
  // INVARIANT: leftover bits are zero, else two texts would stand for the same bytes.
  if ((held & ((1 << bits) - 1)) !== 0) refuse();
  return bytes;
}

/** Encodes bytes as base64url without padding (RFC 4648 section 5). */
export function toBase64url(b: Uint8Array): string {
  return encode(urlCodec, b);
}

/**
 * Decodes base64url, accepting only what {@link toBase64url} writes: no padding, no white space, no stray bits.
 * Trust: the text may be attacker-controlled; its length is the caller's to bound.
 * @throws NarrowgateError `malformed_bytes`
 */
export function fromBase64url(s: string): Uint8Array<ArrayBuffer> {
  return decode(urlCodec, s, s.length);
}

/** Encodes bytes as padded standard base64 (RFC 4648 section 4), as signed notes use it. */
export function toBase64(b: Uint8Array): string {
  const text = encode(standardCodec, b);
  return text.padEnd(Math.ceil(text.length / 4) * 4, "=");
}

/**
 * Decodes padded standard base64, accepting only what {@link toBase64} writes.
 * Trust: the text may be attacker-controlled; its length is the caller's to bound.
 * @throws NarrowgateError `malformed_bytes`
 */
export function fromBase64(s: string): Uint8Array<ArrayBuffer> {
  if (s.length % 4 !== 0) refuse();
  const padding = s.endsWith("==") ? 2 : s.endsWith("=") ? 1 : 0;
  return decode(standardCodec, s, s.length - padding);
}
