import { hash, type KeyObject } from "node:crypto";
import { type ErrorCode, parseCompactJws, parsePublicJwk } from "@narrowgate/contracts";
import {
  type Clock,
  isNarrowgateError,
  type JsonObject,
  readInteger,
  readString,
  utf8,
} from "@narrowgate/kernel";
import { importEs256Jwk, verifyEs256 } from "./es256.ts";

const MAX_ASSERTION_BYTES = 4096;
// What clients of others sign unless told otherwise. With the skew on both ends it must stay shorter than one
// generation of the single-use memory, see createProofOfPossession.
const MAX_LIFE_SECONDS = 300;
const SKEW_SECONDS = 30;
// Clocks of agents run ahead, and ours may be stepped back; `exp` bounds the life whatever these say.
const AHEAD_SECONDS = 120;
// INVARIANT: no other kind of JWT may stand in for an assertion; what states no type is told apart by its claims.
const TYPES: readonly unknown[] = [undefined, "jwt", "client-authentication+jwt"];

/** A client assertion that verified, with what its single use is remembered by. */
export type AssertionOutcome =
  | {
      readonly kind: "assertion";
      readonly use: string;
      /** `iat`, Unix seconds, where it has one. */
      readonly issuedS?: number;
      /** Unix seconds from which it is refused as expired. */
      readonly untilS: number;
    }
  | { readonly kind: "refused"; readonly code: ErrorCode; readonly description?: string };

const refused = (description: string): AssertionOutcome => ({
  kind: "refused",
  code: "invalid_client",
  description,
});
// By the very record of the instance: importing costs as much as verifying, and a record never changes its key.
const keys = new WeakMap<JsonObject, KeyObject>();

/** An assertion, whose it should be, and the key it must verify under. */
export interface AssertionInput {
  readonly assertion: string;
  readonly agent: string;
  readonly jwk: JsonObject;
}

function keyOf(jwk: JsonObject): KeyObject | undefined {
  const known = keys.get(jwk);
  if (known !== undefined) return known;
  const key = importEs256Jwk(parsePublicJwk(jwk));
  if (key !== undefined) keys.set(jwk, key);
  return key;
}

function checkHeader({ alg, typ, crit }: JsonObject): string | undefined {
  if (alg !== "ES256" || crit !== undefined) return "sign with ES256, without `crit`";
  const type = typeof typ === "string" ? typ.toLowerCase() : typ;
  return TYPES.includes(type) ? undefined : "`typ` must be JWT, client-authentication+jwt or absent";
}

function checkClaims(
  payload: JsonObject,
  expected: { agent: string; audience: string; nowS: number },
): string | undefined {
  const { agent, audience, nowS } = expected;
  if (payload.iss !== agent || payload.sub !== agent) return "`iss` and `sub` must be the client id";
  if (payload.aud !== audience) return "`aud` must be the issuer identifier, and nothing else";
  return checkLife(payload, nowS);
}

function checkLife(payload: JsonObject, nowS: number): string | undefined {
  const exp = readInteger(payload.exp, "/exp", { min: 0 });
  if (exp <= nowS - SKEW_SECONDS) return "the assertion has expired";
  if (exp > nowS + MAX_LIFE_SECONDS + SKEW_SECONDS)
    return "the assertion lives too long: five minutes at most";
  const iat = readInteger(payload.iat ?? 0, "/iat", { min: 0 });
  const nbf = readInteger(payload.nbf ?? 0, "/nbf", { min: 0 });
  return Math.max(iat, nbf) > nowS + AHEAD_SECONDS ? "the assertion is not valid yet" : undefined;
}

/**
 * Verifies client assertions (private_key_jwt): ES256 under the instance's own key, `aud` the issuer alone.
 * Single use of the `jti` is for the caller. Never throws on input.
 * @see RFC 7523 section 3; rfc7523bis (audience)
 */
export function createAssertionVerifier(deps: { readonly issuer: string; readonly clock: Clock }): {
  verify(input: AssertionInput): Promise<AssertionOutcome>;
} {
  const check = async ({ assertion, agent, jwk }: AssertionInput): Promise<AssertionOutcome> => {
    const jws = parseCompactJws(assertion, { maxBytes: MAX_ASSERTION_BYTES });
    const form = checkHeader(jws.header);
    if (form !== undefined) return refused(form);
    const nowS = Math.floor(deps.clock.nowMs() / 1000);
    const wrong = checkClaims(jws.payload, { agent, audience: deps.issuer, nowS });
    if (wrong !== undefined) return refused(wrong);
    const jti = readString(jws.payload.jti, "/jti", { min: 1, max: 256 });
    const key = keyOf(jwk);
    if (key === undefined || !(await verifyEs256(key, utf8(jws.signingInput), jws.signature)))
      return refused("the signature is wrong");
    const { exp, iat } = jws.payload;
    return {
      kind: "assertion",
      use: hash("sha256", `${agent}.${jti}`, "base64url"),
      ...(typeof iat === "number" ? { issuedS: iat } : {}),
      untilS: readInteger(exp, "/exp", { min: 0 }) + SKEW_SECONDS,
    };
  };
  return {
    verify: (input) =>
      check(input).catch((error: unknown) => {
        if (isNarrowgateError(error)) return refused(error.publicMessage);
        throw error;
      }),
  };
}
