import { type CompactJws, parseCompactJws, type TrustedIssuer } from "@narrowgate/contracts";
import { type Clock, isNarrowgateError, type JsonObject } from "@narrowgate/kernel";
import type { IssuerKeys } from "../keys/issuer-keys.ts";
import type { KeyUse, SignatureAlgorithm } from "../keys/key-set.ts";
import type { RegistryPort } from "../ports.ts";
import { type ClaimRules, checkClaims } from "./check-claims.ts";
import { verifySignature } from "./verify-signature.ts";

/** Largest assertion that is looked at, in characters. */
export const MAX_ASSERTION_LENGTH = 16_384;

/** Header members that would bring a key or a rule along with the token. */
const REFUSED_HEADERS = ["crit", "jwk", "jku", "x5u", "x5c", "b64", "cty", "enc", "zip"];

/** What kind of token is expected. One profile per use: a token for one purpose is none for another. */
export interface AssertionProfile {
  /** What the issuer must be trusted for. */
  readonly use: "workload" | "subject";
  readonly algorithms: readonly SignatureAlgorithm[];
  readonly keyUse: KeyUse;
  /** Accepted `typ` in lower case without `application/`; an absent one reads as "". */
  readonly types: readonly string[];
  /** Name under which the registry must know the issuer. Trust: `claims` are unverified. */
  issuerName(claims: JsonObject): string | undefined;
  audiences(issuer: TrustedIssuer): readonly string[];
  readonly maxLifeSeconds: number;
  readonly maxAgeSeconds?: number;
}

/** An assertion whose signature, type, audience and times are right. */
export interface VerifiedAssertion {
  readonly kind: "verified";
  readonly issuer: TrustedIssuer;
  readonly claims: JsonObject;
}

/** What is wrong. `issuer` is who it claims to be from, when we know them; `claims` only when they signed it. */
export interface FailedAssertion {
  readonly kind: "failed";
  readonly reason: string;
  /** The issuer's keys could not be had: it may be right later. */
  readonly unavailable: boolean;
  readonly issuer?: TrustedIssuer;
  readonly claims?: JsonObject;
}

/** What verification needs. */
export interface AssertionDeps {
  readonly clock: Clock;
  readonly registry: Pick<RegistryPort, "issuer">;
  readonly keys: IssuerKeys;
}

function fail(reason: string, more: Partial<FailedAssertion> = {}): FailedAssertion {
  return { kind: "failed", reason, unavailable: false, ...more };
}

/** Takes an assertion apart. Trust: attacker-controlled; nothing is verified. @returns undefined when it is no JWT */
export function parseAssertion(text: string): CompactJws | undefined {
  try {
    return parseCompactJws(text, { maxBytes: MAX_ASSERTION_LENGTH });
  } catch (error) {
    if (isNarrowgateError(error)) return undefined;
    throw error;
  }
}

/** `typ` as profiles name it. */
export function typeOf({ typ = "" }: JsonObject): string | undefined {
  return typeof typ === "string" ? typ.toLowerCase().replace(/^application\//, "") : undefined;
}

function checkHeader(header: JsonObject, { types }: AssertionProfile): string | undefined {
  const refused = REFUSED_HEADERS.find((name) => Object.hasOwn(header, name));
  if (refused !== undefined) return `the header may not hold \`${refused}\``;
  const type = typeOf(header);
  return type === undefined || !types.includes(type) ? "it is a token of another type" : undefined;
}

function readAlgorithm(header: JsonObject, { algorithms }: AssertionProfile): SignatureAlgorithm | undefined {
  return algorithms.find((name) => name === header.alg);
}

async function checkSignature(
  text: string,
  jws: CompactJws,
  issuer: TrustedIssuer,
  { profile, keys }: { readonly profile: AssertionProfile; readonly keys: IssuerKeys },
): Promise<FailedAssertion | undefined> {
  const { kid } = jws.header;
  const alg = readAlgorithm(jws.header, profile);
  if (alg === undefined || (kid !== undefined && typeof kid !== "string"))
    return fail("the algorithm is not accepted of this issuer", { issuer });
  try {
    const key = await keys.find(issuer, { kid, alg, use: profile.keyUse });
    if (key === undefined) return fail("the issuer has no such key", { issuer });
    return (await verifySignature(text, key, alg)) ? undefined : fail("the signature is wrong", { issuer });
  } catch (error) {
    if (!isNarrowgateError(error)) throw error;
    return fail("the issuer's keys could not be fetched", { issuer, unavailable: true });
  }
}

function rulesOf(profile: AssertionProfile, issuer: TrustedIssuer, clock: Clock): ClaimRules {
  const { maxLifeSeconds, maxAgeSeconds } = profile;
  return {
    audiences: profile.audiences(issuer),
    maxLifeSeconds,
    ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }),
    nowS: clock.nowMs() / 1000,
  };
}

/**
 * Verifies a JWT that a trusted issuer signed. Keys come from the registry's record of the issuer alone; nothing in the
 * token says where to look.
 * ORDER: header, then signature, then claims, so that a failure after the signature is the issuer's own statement.
 * Trust: `text` is attacker-controlled. Never throws on input.
 */
export async function verifyAssertion(
  text: string,
  profile: AssertionProfile,
  deps: AssertionDeps,
): Promise<VerifiedAssertion | FailedAssertion> {
  const jws = parseAssertion(text);
  if (jws === undefined) return fail("it is not a JWT");
  const { payload } = jws;
  const name = profile.issuerName(payload);
  const issuer = name === undefined ? undefined : deps.registry.issuer(name);
  if (issuer === undefined || !issuer.uses.includes(profile.use))
    return fail("its issuer is not trusted for this");
  const wrong = checkHeader(jws.header, profile);
  if (wrong !== undefined) return fail(wrong, { issuer });
  const unsigned = await checkSignature(text, jws, issuer, { profile, keys: deps.keys });
  if (unsigned !== undefined) return unsigned;
  // The registry may have changed while keys were fetched.
  if (deps.registry.issuer(issuer.issuer)?.entry !== issuer.entry)
    return fail("its issuer is not trusted for this");
  const reason = checkClaims(payload, rulesOf(profile, issuer, deps.clock));
  if (reason !== undefined) return fail(reason, { issuer, claims: payload });
  return { kind: "verified", issuer, claims: payload };
}
