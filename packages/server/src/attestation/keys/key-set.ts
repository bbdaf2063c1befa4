import { type PublicJwk, parsePublicJwk } from "@narrowgate/contracts";
import {
  isNarrowgateError,
  type JsonObject,
  type JsonValue,
  NarrowgateError,
  readInteger,
  readOptional,
} from "@narrowgate/kernel";

/** Signature algorithms we accept of others, and the kind of key each one takes. `Ed25519` is `EdDSA` (RFC 9864). */
export const KEY_TYPES = { RS256: "RSA", PS256: "RSA", ES256: "EC", EdDSA: "OKP", Ed25519: "OKP" } as const;

/** One of {@link KEY_TYPES}. */
export type SignatureAlgorithm = keyof typeof KEY_TYPES;

/** What a key set says a key is for: ordinary signatures, or JWT-SVIDs of a SPIFFE trust domain. */
export type KeyUse = "sig" | "jwt-svid";

/** A key of an issuer, and what it may be used for. */
export interface VerificationKey {
  readonly jwk: PublicJwk;
  readonly kid: string | undefined;
  readonly use: string | undefined;
  readonly alg: string | undefined;
}

/** The keys of an issuer as it published them. */
export interface KeySet {
  readonly keys: readonly VerificationKey[];
  /** SPIFFE: how often to look, in seconds. */
  readonly refreshHintS?: number;
  /** SPIFFE: rises with each bundle. */
  readonly sequence?: number;
}

const MAX_KEYS = 64;
const KEY_MEMBERS = ["kty", "crv", "x", "y", "n", "e", "kid", "use", "alg"] as const;
const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "k", "oth"] as const;

function malformed(rule: string): NarrowgateError {
  return new NarrowgateError("malformed_input", `the key set ${rule}`);
}

function asObject(value: JsonValue): JsonObject | undefined {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? Object.fromEntries(Object.entries(value)) : undefined;
}

/** A key we can use, or undefined: sets hold keys for other purposes and of kinds we do not know. */
function readKey(value: JsonValue): VerificationKey | undefined {
  const row = asObject(value);
  // A key whose private half was published proves nothing.
  if (row === undefined || PRIVATE_MEMBERS.some((name) => Object.hasOwn(row, name))) return undefined;
  const operations = row.key_ops;
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes("verify")))
    return undefined;
  const known = KEY_MEMBERS.filter((name) => Object.hasOwn(row, name)).map((name) => [name, row[name]]);
  try {
    const jwk = parsePublicJwk(Object.fromEntries(known));
    return { jwk, kid: jwk.kid, use: jwk.use, alg: jwk.alg };
  } catch (error) {
    if (isNarrowgateError(error)) return undefined;
    throw error;
  }
}

/**
 * Reads a JWK Set. Keys we cannot use are left out; the set itself must be well formed.
 * Trust: attacker-controlled, as far as the issuer is.
 * @throws NarrowgateError `malformed_input`
 * @see RFC 7517 section 5; SPIFFE Trust Domain and Bundle section 4
 */
export function parseKeySet(document: JsonValue): KeySet {
  const row = asObject(document);
  const list = row?.keys;
  if (row === undefined || !Array.isArray(list)) throw malformed("must be an object with `keys`");
  if (list.length > MAX_KEYS) throw malformed(`holds more than ${MAX_KEYS} keys`);
  const hint = readOptional(row.spiffe_refresh_hint, (value) => readInteger(value, "/spiffe_refresh_hint"));
  const sequence = readOptional(row.spiffe_sequence, (value) => readInteger(value, "/spiffe_sequence"));
  return {
    keys: list.map((item: JsonValue) => readKey(item)).filter((key) => key !== undefined),
    ...(hint === undefined ? {} : { refreshHintS: hint }),
    ...(sequence === undefined ? {} : { sequence }),
  };
}

/** Which key a token asks for. Trust: from its unverified header. */
export interface WantedKey {
  readonly kid: string | undefined;
  readonly alg: SignatureAlgorithm;
  readonly use: KeyUse;
}

/** Ed25519 has two names. */
function oneName(alg: string): string {
  return alg === "Ed25519" ? "EdDSA" : alg;
}

/**
 * The one key of a set that fits.
 * INVARIANT: the algorithm is fixed by the key, never chosen by the token: kind of key, and `alg` where the set says so.
 * @returns undefined when none fits, or more than one does
 */
export function selectKey({ keys }: KeySet, { kid, alg, use }: WantedKey): VerificationKey | undefined {
  const fits = (key: VerificationKey): boolean =>
    key.jwk.kty === KEY_TYPES[alg] &&
    (key.alg === undefined || oneName(key.alg) === oneName(alg)) &&
    // A bundle marks each key; elsewhere `use` may be absent.
    (key.use === use || (use === "sig" && key.use === undefined)) &&
    (kid === undefined || key.kid === kid);
  const [first, ...more] = keys.filter(fits);
  return more.length === 0 ? first : undefined;
}
