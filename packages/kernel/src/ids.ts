import { toBase64url } from "./base64.ts";
import { invariant, NarrowgateError } from "./errors.ts";

declare const brandName: unique symbol;

/** A `T` that only the parser or maker named for `N` may produce; costs nothing at run time. */
export type Brand<T, N extends string> = T & { readonly [brandName]: N };

/** A SHA-256 digest as 43 characters of canonical base64url. */
export type Sha256Text = Brand<string, "Sha256Text">;

const poolBytes = 4096;
let pool = new Uint8Array(0);
let taken = 0;

/** Random bytes, fetched in larger pieces: asking the platform costs more than the bytes. None is given out twice. */
function randomBytes(count: number): Uint8Array {
  if (taken + count > pool.length) {
    pool = globalThis.crypto.getRandomValues(new Uint8Array(poolBytes));
    taken = 0;
  }
  taken += count;
  return pool.subarray(taken - count, taken);
}

/**
 * Makes an unguessable identifier from the platform's CSPRNG, as base64url. It never begins with a hyphen: a command
 * line would take that for an option.
 * @param bytes - amount of randomness, 16 to 64 bytes; 16 gives 22 characters
 * @throws NarrowgateError `internal_error` when `bytes` is out of range
 */
export function randomId(bytes = 16): string {
  invariant(Number.isInteger(bytes) && bytes >= 16 && bytes <= 64, "an id has 16 to 64 random bytes");
  for (;;) {
    const id = toBase64url(randomBytes(bytes));
    if (!id.startsWith("-")) return id;
  }
}

/** Tells whether `s` has the form of what {@link randomId} makes. Trust: `s` may be anything. */
export function isId(s: unknown): s is string {
  if (typeof s !== "string" || s.length < 22 || s.length > 86) return false;
  return canonicalEnd[s.length % 4]?.test(s) === true;
}

// By length modulo 4: which last characters leave no stray bits. A length of 1 modulo 4 encodes nothing.
const canonicalEnd: readonly (RegExp | undefined)[] = [
  /^[A-Za-z0-9_-]+$/,
  undefined,
  /^[A-Za-z0-9_-]+[AQgw]$/,
  /^[A-Za-z0-9_-]+[AEIMQUYcgkosw048]$/,
];

/**
 * Reads a SHA-256 digest written as base64url.
 * Trust: `s` may be anything.
 * @throws NarrowgateError `malformed_input` unless it is 43 characters of canonical base64url
 */
export function parseSha256Text(s: unknown): Sha256Text {
  if (!isSha256Text(s)) {
    throw new NarrowgateError("malformed_input", "expected a SHA-256 digest as 43 characters of base64url");
  }
  return s;
}

function isSha256Text(s: unknown): s is Sha256Text {
  return typeof s === "string" && s.length === 43 && isId(s);
}

/**
 * Writes a SHA-256 digest as base64url.
 * @throws NarrowgateError `internal_error` unless `digest` has 32 bytes
 */
export function toSha256Text(digest: Uint8Array): Sha256Text {
  invariant(digest.length === 32, "a SHA-256 digest has 32 bytes");
  return parseSha256Text(toBase64url(digest));
}
