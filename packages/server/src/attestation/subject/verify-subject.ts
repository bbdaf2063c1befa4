import { hash } from "node:crypto";
import { MAX_GROUP_CHARS, MAX_GROUPS } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import {
  type AssertionProfile,
  parseAssertion,
  typeOf,
  type VerifiedAssertion,
  verifyAssertion,
} from "../jwt/verify-assertion.ts";
import { createIssuerKeys } from "../keys/issuer-keys.ts";
import { claimAt } from "../methods/claim-path.ts";
import { oidcIssuerName } from "../methods/profiles.ts";
import type { SubjectPorts } from "../ports.ts";

/** How old a person's assertion may be, and how long it may live when it is used once, in seconds. */
export const SUBJECT_WINDOW_SECONDS = 600;
/** ID tokens live longer than we take them; their age is what counts. */
const MAX_ID_TOKEN_LIFE_SECONDS = 86_400;
const ID_JAG_TYPE = "oauth-id-jag+jwt";

/** A person's signed assertion that verified. */
export interface VerifiedPerson {
  readonly kind: "subject";
  /** `<issuer>#<sub>`. */
  readonly subject: string;
  readonly nonce: string | undefined;
  /** Groups the issuer states, sorted; absent where its registration names no claim for them. */
  readonly groups?: readonly string[];
  /** Agent an ID-JAG was issued to: it is for nobody else's mandate. Absent for an ID token. */
  readonly agent?: string;
}

/** Why an assertion was not taken. */
export interface RefusedPerson {
  readonly kind: "refused";
  readonly code: "invalid_grant" | "fetch_failed";
  readonly description: string;
}

/** Verifies an ID token or an ID-JAG of a configured issuer. Trust: `assertion` is attacker-controlled; never throws on it. */
export type VerifySubject = (assertion: string) => Promise<VerifiedPerson | RefusedPerson>;

const algorithms: AssertionProfile["algorithms"] = ["RS256", "ES256", "PS256", "EdDSA", "Ed25519"];

/** ID tokens name our client at the issuer as audience: one of the configured ones. */
const ID_TOKEN: AssertionProfile = {
  use: "subject",
  algorithms,
  keyUse: "sig",
  types: ["", "jwt"],
  issuerName: oidcIssuerName,
  audiences: ({ audiences = [] }) => audiences,
  maxLifeSeconds: MAX_ID_TOKEN_LIFE_SECONDS,
  maxAgeSeconds: SUBJECT_WINDOW_SECONDS,
};

function idJag(issuer: string): AssertionProfile {
  return {
    ...ID_TOKEN,
    types: [ID_JAG_TYPE],
    audiences: () => [issuer],
    maxLifeSeconds: SUBJECT_WINDOW_SECONDS,
  };
}

function refused(description: string, code: RefusedPerson["code"] = "invalid_grant"): RefusedPerson {
  return { kind: "refused", code, description: `the assertion was refused: ${description}` };
}

function textClaim(claims: JsonObject, name: string, max: number): string | undefined {
  const value = claims[name];
  return typeof value === "string" && value.length > 0 && value.length <= max ? value : undefined;
}

/**
 * Groups of a person, where the registration of the issuer says which claim lists them. A claim that is not there is no
 * group at all; one that cannot be read as a whole is refused, for a part of it could be too little to refuse by.
 */
function groupsOf({
  claims,
  issuer,
}: VerifiedAssertion): { readonly groups?: readonly string[] } | undefined {
  if (issuer.groupsClaim === undefined) return {};
  const value = claimAt(claims, issuer.groupsClaim);
  const list: readonly unknown[] = value === undefined ? [] : Array.isArray(value) ? value : [value];
  const groups = list.filter(
    (group): group is string =>
      typeof group === "string" &&
      group.length > 0 &&
      group.length <= MAX_GROUP_CHARS &&
      group.isWellFormed(),
  );
  if (groups.length !== list.length || list.length > MAX_GROUPS) return undefined;
  return { groups: [...new Set(groups)].sort() };
}

function personOf(
  verified: VerifiedAssertion,
  { issuer: own }: SubjectPorts,
): VerifiedPerson | RefusedPerson {
  const { claims, issuer } = verified;
  // INVARIANT: a client chooses the nonce of an ID token that we give it, so ours say nothing about a mandate.
  if (issuer.issuer === own) return refused("it is one of our own");
  const sub = textClaim(claims, "sub", 255);
  if (sub === undefined) return refused("`sub` is missing");
  const nonce = textClaim(claims, "nonce", 256);
  if (claims.nonce !== undefined && nonce === undefined) return refused("`nonce` is not a text");
  const groups = groupsOf(verified);
  if (groups === undefined) return refused(`its groups are not at most ${MAX_GROUPS} texts`);
  return { kind: "subject", subject: `${issuer.issuer}#${sub}`, nonce, ...groups };
}

/** The rest of an ID-JAG: for a registered agent, bound to no key, used once. */
function takeIdJag(ports: SubjectPorts, verified: VerifiedAssertion): VerifiedPerson | RefusedPerson {
  const { claims, issuer } = verified;
  const person = personOf(verified, ports);
  if (person.kind === "refused") return person;
  const agent = textClaim(claims, "client_id", 128);
  if (agent === undefined || ports.registry.agent(agent) === undefined)
    return refused("`client_id` names no agent here");
  // Bound to a key that the caller of this port has not proven: taking it would drop the binding.
  if (claims.cnf !== undefined) return refused("it is bound to a key");
  const jti = textClaim(claims, "jti", 256);
  if (jti === undefined || typeof claims.exp !== "number") return refused("`jti` is missing");
  const use = hash("sha256", `narrowgate/id-jag/v1\n${issuer.issuer}\n${jti}`, "base64url");
  // The issuer's clock may be behind ours by the skew we allow.
  if (!ports.takeOnce(use, (claims.exp + 60) * 1000)) return refused("it was used before");
  return { ...person, agent };
}

/**
 * Makes the verifier of people's assertions: ID tokens (fresh, for a configured audience, with their nonce) and ID-JAGs
 * (for us, for one agent, single use).
 * @see OpenID Connect Core section 3.1.3.7; Identity Assertion JWT Authorization Grant section 4
 */
export function createSubjectVerifier(ports: SubjectPorts): VerifySubject {
  const { clock, registry } = ports;
  const deps = { clock, registry, keys: createIssuerKeys(ports) };
  return async (assertion) => {
    const header = parseAssertion(assertion)?.header;
    if (header === undefined) return refused("it is not a JWT");
    const isIdJag = typeOf(header) === ID_JAG_TYPE;
    const verified = await verifyAssertion(assertion, isIdJag ? idJag(ports.issuer) : ID_TOKEN, deps);
    if (verified.kind === "failed")
      return refused(verified.reason, verified.unavailable ? "fetch_failed" : "invalid_grant");
    return isIdJag ? takeIdJag(ports, verified) : personOf(verified, ports);
  };
}
