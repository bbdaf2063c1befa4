import { hash, type KeyObject } from "node:crypto";
import {
  type AccessTokenClaims,
  type ErrorCode,
  parseAccessTokenClaims,
  parseAccessTokenHeader,
  parseCompactJws,
} from "@narrowgate/contracts";
import { type Clock, isNarrowgateError, utf8 } from "@narrowgate/kernel";
import { verifyEs256 } from "./es256.ts";

const MAX_TOKEN_BYTES = 16 * 1024;
const MAX_REMEMBERED = 4096;
// How far our own clock may be stepped back before tokens of the time after are refused.
const AHEAD_SECONDS = 120;

/** One of our tokens, verified; or the catalogue code that says why not. */
export type TokenOutcome =
  | { readonly kind: "token"; readonly claims: AccessTokenClaims; readonly digest: string }
  | { readonly kind: "refused"; readonly code: ErrorCode; readonly description?: string };

const refused = (description: string): TokenOutcome => ({
  kind: "refused",
  code: "invalid_token",
  description,
});

/** Verifies our own access tokens: signature, header, claims, issuer, environment, time. Not audience, not epochs. */
export interface TokenVerifier {
  verify(jws: string): Promise<TokenOutcome>;
}

type Verified = Extract<TokenOutcome, { kind: "token" }>;

/**
 * Builds the verifier.
 * Whole tokens that verified are remembered by their exact text, so that a token used many times is verified once;
 * time is checked on each use, and revocation by the caller.
 * INVARIANT: the key is found by `kid` among our own keys only; no key or address in the token is followed.
 * @see RFC 9068 section 4; docs/spec/token.md
 */
export function createTokenVerifier(deps: {
  readonly issuer: string;
  readonly environment: string;
  readonly clock: Clock;
  readonly keyById: (kid: string) => KeyObject | undefined;
}): TokenVerifier {
  let young = new Map<string, Verified>();
  let old = new Map<string, Verified>();
  const remember = (jws: string, token: Verified): void => {
    if (young.size >= MAX_REMEMBERED) {
      old = young;
      young = new Map();
    }
    young.set(jws, token);
  };
  const check = async (jws: string): Promise<TokenOutcome> => {
    const parsed = parseCompactJws(jws, { maxBytes: MAX_TOKEN_BYTES });
    const { kid } = parseAccessTokenHeader(parsed.header);
    const key = deps.keyById(kid);
    if (key === undefined) return refused("the signing key is not known here");
    if (!(await verifyEs256(key, utf8(parsed.signingInput), parsed.signature)))
      return refused("the signature is wrong");
    const claims = parseAccessTokenClaims(parsed.payload);
    if (claims.iss !== deps.issuer || claims.ng.env !== deps.environment)
      return refused("made by another instance");
    const token: Verified = {
      kind: "token",
      claims,
      digest: hash("sha256", parsed.signingInput, "base64url"),
    };
    remember(jws, token);
    return token;
  };
  const checkTime = (outcome: TokenOutcome): TokenOutcome => {
    if (outcome.kind === "refused") return outcome;
    const { iat, nbf = iat, exp } = outcome.claims;
    const nowS = deps.clock.nowMs() / 1000;
    if (exp <= nowS) return refused("the token has expired");
    // A clock that was stepped back must not make a token live longer than it was given.
    return Math.max(iat, nbf) > nowS + AHEAD_SECONDS ? refused("the token is not valid yet") : outcome;
  };
  return {
    async verify(jws) {
      const known = young.get(jws) ?? old.get(jws);
      try {
        return checkTime(known ?? (await check(jws)));
      } catch (error) {
        if (isNarrowgateError(error)) return refused(error.publicMessage);
        throw error;
      }
    },
  };
}
