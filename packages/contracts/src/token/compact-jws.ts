import {
  fromBase64url,
  type JsonObject,
  type JsonValue,
  NarrowgateError,
  parseStrictJson,
  toBase64url,
} from "@narrowgate/kernel";

/** A compact JWS, taken apart; nothing in it is verified. */
export interface CompactJws {
  readonly header: JsonObject;
  readonly payload: JsonObject;
  readonly signature: Uint8Array;
  /** `<header>.<payload>`: what the signature is over. */
  readonly signingInput: string;
}

/** Bounds for {@link parseCompactJws}. */
export interface CompactJwsLimits {
  /** Longest text that is looked at, in characters (all ASCII). */
  readonly maxBytes: number;
}

const maxDepth = 32;
const maxKeys = 4096;

function refuse(what: string): never {
  throw new NarrowgateError("malformed_input", `compact JWS: ${what}`);
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseSegment(segment: string, name: string): JsonObject {
  const value = parseStrictJson(decodeSegment(segment, name), { maxDepth, maxKeys });
  return isObject(value) ? value : refuse(`the ${name} must be an object`);
}

/** Headers that were read, by their text: a client sends the same one with every request. */
const keptHeaders = 1024;
const keptChars = 1024;
let young = new Map<string, JsonObject>();
let old = new Map<string, JsonObject>();

function freeze(value: JsonValue): void {
  if (typeof value !== "object" || value === null) return;
  Object.values(value).forEach(freeze);
  Object.freeze(value);
}

/** Two generations bound the memory. INVARIANT: what is kept is frozen, since all who sent it share it. */
function parseHeader(segment: string): JsonObject {
  const known = young.get(segment) ?? old.get(segment);
  if (known !== undefined) return known;
  const header = parseSegment(segment, "header");
  if (segment.length > keptChars) return header;
  freeze(header);
  if (young.size >= keptHeaders) {
    old = young;
    young = new Map();
  }
  // Encoded again: a slice would keep the whole text alive that it was cut from.
  young.set(toBase64url(fromBase64url(segment)), header);
  return header;
}

function decodeSegment(segment: string, name: string): Uint8Array {
  try {
    return fromBase64url(segment);
  } catch {
    return refuse(`the ${name} is not canonical base64url`);
  }
}

/**
 * Takes a compact JWS apart: three parts, canonical base64url, strict JSON objects.
 * Trust: `text` is attacker-controlled, and no signature is checked here: do not act on the result.
 * @throws NarrowgateError `malformed_input`, or `malformed_json` from a part
 * @see RFC 7515 section 3.1
 */
export function parseCompactJws(text: string, limits: CompactJwsLimits): CompactJws {
  if (text.length > limits.maxBytes) refuse(`is longer than ${limits.maxBytes} characters`);
  const [header, payload, signature, ...more] = text.split(".", 4);
  if (header === undefined || payload === undefined || signature === undefined || more.length > 0) {
    refuse("must have three parts");
  }
  return {
    header: parseHeader(header),
    payload: parseSegment(payload, "payload"),
    signature: decodeSegment(signature, "signature"),
    signingInput: `${header}.${payload}`,
  };
}

/**
 * Takes a JWS signing input (`<header>.<payload>`) apart, as it stands in the proof of a token leaf.
 * @throws NarrowgateError `malformed_input`, or `malformed_json` from a part
 */
export function parseSigningInput(text: string, limits: CompactJwsLimits): Omit<CompactJws, "signature"> {
  const { header, payload, signingInput } = parseCompactJws(`${text}.`, limits);
  return { header, payload, signingInput };
}
