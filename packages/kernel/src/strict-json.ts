import { fromUtf8, utf8 } from "./bytes.ts";
import type { JsonValue } from "./canonical-json.ts";
import { NarrowgateError } from "./errors.ts";
import { scanJson } from "./scan-json.ts";

/** How much a document may hold before it is refused. */
export interface StrictJsonLimits {
  /** Size in bytes of UTF-8; default 1 MiB. */
  readonly maxBytes?: number;
  /** Nested objects and arrays; default 64. A bare scalar has depth 0. */
  readonly maxDepth?: number;
  /** Object members in the whole document; default 65,536. */
  readonly maxKeys?: number;
}

function refuse(message: string, cause?: unknown): never {
  throw new NarrowgateError("malformed_json", message, cause === undefined ? {} : { cause });
}

function decode(input: Uint8Array, maxBytes: number): string {
  if (input.length > maxBytes) refuse(`JSON is larger than ${maxBytes} bytes`);
  try {
    return fromUtf8(input);
  } catch (cause) {
    return refuse("JSON is not valid UTF-8", cause);
  }
}

function checkText(text: string, maxBytes: number): string {
  refuseLoneSurrogates(text);
  // A UTF-16 unit takes at most three bytes of UTF-8, so most texts need no encoding to be measured.
  if (text.length > maxBytes || (text.length * 3 > maxBytes && utf8(text).length > maxBytes)) {
    refuse(`JSON is larger than ${maxBytes} bytes`);
  }
  return text;
}

function parse(text: string): JsonValue {
  try {
    const value: JsonValue = JSON.parse(text);
    return value;
  } catch {
    // The parser's own message quotes the input, which may be a secret: it is not kept.
    return refuse("not valid JSON");
  }
}

function refuseLoneSurrogates(s: string): void {
  if (!s.isWellFormed()) refuse("JSON holds a lone surrogate");
}

/** Counts the members of all objects in `value`. Recursion is bounded by the depth the scan allowed. */
function countMembers(value: JsonValue): number {
  if (typeof value !== "object" || value === null) return 0;
  let count = 0;
  for (const member of Object.values(value)) count += countMembers(member);
  return Array.isArray(value) ? count : count + Object.keys(value).length;
}

/** Refuses lone surrogates in any key or string of `value`. */
function checkStrings(value: JsonValue): void {
  if (typeof value === "string") refuseLoneSurrogates(value);
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) Object.keys(value).forEach(refuseLoneSurrogates);
  Object.values(value).forEach(checkStrings);
}

/**
 * Parses JSON, refusing every document that another parser could read differently: invalid UTF-8, duplicate keys
 * (also when written with escapes), lone surrogates, and numbers a double cannot hold as written.
 * Trust: the input is attacker-controlled. A `__proto__` key becomes an ordinary own property.
 * @throws NarrowgateError `malformed_json`
 * @see RFC 7493 (I-JSON)
 */
export function parseStrictJson(input: Uint8Array | string, limits: StrictJsonLimits = {}): JsonValue {
  const { maxBytes = 1_048_576, maxDepth = 64, maxKeys = 65_536 } = limits;
  const text = typeof input === "string" ? checkText(input, maxBytes) : decode(input, maxBytes);
  const value = parse(text);
  // ORDER: after JSON.parse (whose work is bounded by maxBytes), so that the scan may take the grammar for granted,
  // and before the walk below, whose recursion it bounds.
  const scan = scanJson(text, maxDepth);
  if (scan.fault !== undefined) refuse(scan.fault);
  if (scan.members > maxKeys) refuse(`JSON has more than ${maxKeys} object members`);
  // INVARIANT: JSON.parse keeps one member per distinct unescaped key, so a duplicate shows as a shortfall.
  if (countMembers(value) !== scan.members) refuse("JSON has a duplicate key");
  // The text itself is well formed: only an escape can have brought a lone surrogate in.
  if (scan.hasUnicodeEscape) checkStrings(value);
  return value;
}
