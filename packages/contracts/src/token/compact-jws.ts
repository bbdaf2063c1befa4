import { fromBase64url, type JsonObject, NarrowgateError, parseStrictJson } from "@narrowgate/kernel";

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

function parseSegment(segment: string, name: string): JsonObject {
  const value = parseStrictJson(decodeSegment(segment, name), { maxDepth, maxKeys });
  if (typeof value !== "object" || value === null || Array.isArray(value))
    refuse(`the ${name} must be an object`);
  return Object.fromEntries(Object.entries(value));
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
    header: parseSegment(header, "header"),
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
