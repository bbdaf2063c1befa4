import { type Authority, formatAuthorizationDetails, parseAuthority } from "@narrowgate/authority";
import {
  type AccessTokenClaims,
  openedMember,
  parseAccessTokenClaims,
  parseAccessTokenHeader,
  parseSigningInput,
} from "@narrowgate/contracts";
import { canonicalJson, NarrowgateError, toSha256Text, utf8 } from "@narrowgate/kernel";
import { type Entry, type Evidence, entriesOf } from "./evidence.ts";
import type { Findings } from "./findings.ts";

/** A token as its leaf and the opened signing input have it. */
export interface TokenFact {
  readonly entry: Entry<"token">;
  readonly kid: string;
  readonly claims: AccessTokenClaims;
  /** What the token allows, in normal form. */
  readonly granted: Authority;
}

/** Facts by `H(jti)`. */
export type TokenFacts = ReadonlyMap<string, TokenFact>;

/** Longest token that is read, in characters. */
export const MAX_TOKEN_CHARS = 65_536;

/**
 * The authority in the claims, whose details must be in normal form.
 * @throws NarrowgateError `malformed_authority`, `malformed_input`
 */
export function authorityOf(claims: AccessTokenClaims): Authority {
  const scope = claims.scope === "" ? [] : claims.scope.split(" ");
  const { authorization_details } = claims;
  const authority = parseAuthority({ scope, resource: claims.ng.reach, authorization_details });
  if (canonicalJson(formatAuthorizationDetails(authority.details)) !== canonicalJson(authorization_details))
    throw new NarrowgateError("malformed_input", "/authorization_details: must be in normal form");
  return authority;
}

function samePairs(a: AccessTokenClaims["ng"]["epochs"], b: AccessTokenClaims["ng"]["epochs"]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Compares the claims with the public leaf, member by member. */
function mismatch({ leaf }: Entry<"token">, claims: AccessTokenClaims, tok: string): string | undefined {
  const { body } = leaf;
  if (tok !== body.token) return "jti";
  if (claims.cnf.jkt !== body.jkt) return "key";
  if (claims.exp !== body.expires_s) return "expiry";
  if (claims.txn !== leaf.txn?.id) return "transaction";
  if (!samePairs(claims.ng.epochs, body.epochs)) return "epochs";
  return (claims.ng.parent === undefined) === (body.parent === undefined) ? undefined : "parent";
}

function readFact(evidence: Evidence, findings: Findings, entry: Entry<"token">): TokenFact | undefined {
  const { sha256 } = evidence.crypto;
  const text = openedMember(entry.openings.proof, "signing_input");
  if (text === undefined) return undefined;
  if (typeof text !== "string" || toSha256Text(sha256(utf8(text))) !== entry.leaf.body.digest) {
    findings.fail("E-18", "the signing input is not the one whose digest is on record", entry.leaf.id);
    return undefined;
  }
  const { header, payload } = parseSigningInput(text, { maxBytes: MAX_TOKEN_CHARS });
  const { kid } = parseAccessTokenHeader(header);
  const claims = parseAccessTokenClaims(payload);
  const different = mismatch(entry, claims, toSha256Text(sha256(utf8(claims.jti))));
  if (different !== undefined) {
    findings.fail("E-18", `claims and leaf disagree: ${different}`, entry.leaf.id);
    return undefined;
  }
  return { entry, kid, claims, granted: authorityOf(claims) };
}

/**
 * Reads every token whose signing input is opened and compares it with its leaf.
 * @see docs/spec/evidence.md E-18
 */
export function readTokens(evidence: Evidence, findings: Findings): TokenFacts {
  const facts = new Map<string, TokenFact>();
  for (const entry of entriesOf(evidence, "token")) {
    const fact = findings.attempt("E-18", entry.leaf.id, () => readFact(evidence, findings, entry));
    if (facts.has(entry.leaf.body.token)) findings.fail("E-18", "one token was minted twice", entry.leaf.id);
    if (fact !== undefined) facts.set(entry.leaf.body.token, fact);
  }
  return facts;
}
