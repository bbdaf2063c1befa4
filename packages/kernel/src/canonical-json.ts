import { utf8 } from "./bytes.ts";
import { NarrowgateError } from "./errors.ts";

/** Any value JSON can express. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

// Deeper than anything the strict parser lets in by default, and far from the end of the stack.
const maxDepth = 512;

// Matches text that needs escaping or a closer look; the rest is quoted as it stands.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters JSON escapes
const needsCare = /["\\\u0000-\u001f\ud800-\udfff]/;

function refuse(what: string): never {
  throw new NarrowgateError("malformed_input", `canonical JSON cannot express ${what}`);
}

function writeString(s: string): string {
  if (!needsCare.test(s)) return `"${s}"`;
  if (!s.isWellFormed()) refuse("a lone surrogate");
  return JSON.stringify(s);
}

function writeNumber(value: number): string {
  if (!Number.isFinite(value)) refuse("NaN or an infinity");
  // From 1e21 on the text has an exponent, and no reader takes it for an exact integer (as parseStrictJson has it).
  const magnitude = Math.abs(value);
  if (magnitude > Number.MAX_SAFE_INTEGER && magnitude < 1e21) refuse("an integer beyond 2^53-1");
  // Number to text as ECMAScript does it is what RFC 8785 section 3.2.2.3 asks for; -0 gives "0".
  return String(value);
}

function writeArray(items: readonly JsonValue[], depth: number): string {
  let text = "[";
  for (let i = 0; i < items.length; i++) {
    if (i > 0) text += ",";
    text += write(items[i], depth);
  }
  return `${text}]`;
}

function sortedKeys(object: object): string[] {
  const keys = Object.keys(object);
  for (let i = 1; i < keys.length; i++) {
    // The default order of sort() is by UTF-16 code units, which is what RFC 8785 section 3.2.3 asks for.
    if ((keys[i - 1] ?? "") > (keys[i] ?? "")) return keys.sort();
  }
  return keys;
}

function isPlain(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  // A prototype without a prototype is Object.prototype, of this realm or of another.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function writeObject(object: object, depth: number): string {
  if (!isPlain(object)) refuse("an object that is not plain");
  let text = "{";
  for (const key of sortedKeys(object)) {
    if (text.length > 1) text += ",";
    text += `${writeString(key)}:${write(Reflect.get(object, key), depth)}`;
  }
  return `${text}}`;
}

/** `value` is unknown on purpose: the type of `canonicalJson` may have been cast away. */
function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case "string":
      return writeString(value);
    case "number":
      return writeNumber(value);
    case "boolean":
      return value ? "true" : "false";
    case "object":
      if (value === null) return "null";
      if (depth === 0) refuse("a value nested that deep, or one that contains itself");
      return Array.isArray(value) ? writeArray(value, depth - 1) : writeObject(value, depth - 1);
    default:
      return refuse(`a value of type ${typeof value}`);
  }
}

/**
 * Writes a value as canonical JSON: one text for one value, whatever the order its keys were set in.
 * Refuses what has no canonical text: NaN, infinities, lone surrogates, undefined, bigint, functions,
 * objects that are not plain, and nesting deeper than 512 (so also cycles); and what {@link parseStrictJson} would not
 * read back: an integer beyond 2^53-1 that is spelt out in digits.
 * @throws NarrowgateError `malformed_input`
 * @see RFC 8785; RFC 7493 section 2.2 for the bound
 */
export function canonicalJson(value: JsonValue): string {
  return write(value, maxDepth);
}

/**
 * {@link canonicalJson} as UTF-8, the form that is hashed and signed.
 * @throws NarrowgateError `malformed_input`
 */
export function canonicalBytes(value: JsonValue): Uint8Array<ArrayBuffer> {
  return utf8(canonicalJson(value));
}
