import type { JsonObject, JsonValue } from "@narrowgate/kernel";

/** How far clocks may differ, in seconds. */
export const SKEW_SECONDS = 30;

/** What the claims of an assertion must say. */
export interface ClaimRules {
  /** Accepted audiences; a token has exactly one. */
  readonly audiences: readonly string[];
  /** Longest life from `iat` (or from now, without one) to `exp`, in seconds. */
  readonly maxLifeSeconds: number;
  /** When given, `iat` is required and may be this old, in seconds. */
  readonly maxAgeSeconds?: number;
  /** Unix seconds. */
  readonly nowS: number;
}

function isTime(value: JsonValue | undefined): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

/** The one audience of a token: a string, or a list of one. */
function soleAudience(aud: JsonValue | undefined): string | undefined {
  const [only, ...more]: readonly (JsonValue | undefined)[] = Array.isArray(aud) ? aud : [aud];
  return typeof only === "string" && more.length === 0 ? only : undefined;
}

/** `iat` is a time in the past, and recent where the rules ask for that. */
function checkIssued(iat: JsonValue | undefined, { nowS, maxAgeSeconds }: ClaimRules): string | undefined {
  if (iat === undefined) return maxAgeSeconds === undefined ? undefined : "`iat` is missing";
  if (!isTime(iat) || iat > nowS + SKEW_SECONDS) return "`iat` is in the future";
  const isOld = maxAgeSeconds !== undefined && nowS - iat > maxAgeSeconds + SKEW_SECONDS;
  return isOld ? "it was issued too long ago" : undefined;
}

function checkTimes({ exp, nbf, iat }: JsonObject, rules: ClaimRules): string | undefined {
  const { nowS, maxLifeSeconds } = rules;
  if (!isTime(exp)) return "`exp` is missing";
  if (exp + SKEW_SECONDS <= nowS) return "it has expired";
  if (nbf !== undefined && !(isTime(nbf) && nbf <= nowS + SKEW_SECONDS)) return "it is not valid yet";
  const life = exp - (isTime(iat) ? iat : nowS);
  if (life > maxLifeSeconds + SKEW_SECONDS) return `it lives longer than ${maxLifeSeconds} seconds`;
  return checkIssued(iat, rules);
}

/**
 * Checks audience and times.
 * @returns what is wrong, for the caller to read; undefined when nothing is
 * @see RFC 7519 section 4.1; rfc7523bis (sole audience)
 */
export function checkClaims(claims: JsonObject, rules: ClaimRules): string | undefined {
  const audience = soleAudience(claims.aud);
  if (audience === undefined) return "`aud` must be one value";
  if (!rules.audiences.includes(audience)) return "`aud` names somebody else";
  return checkTimes(claims, rules);
}
