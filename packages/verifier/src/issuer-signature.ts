import { type PublicJwk, parseCompactJws, parsePublicJwk } from "@narrowgate/contracts";
import { isNarrowgateError, type JsonObject, utf8 } from "@narrowgate/kernel";
import type { Evidence } from "./evidence.ts";

/** What is known of an assertion of another party. */
export type AssertionOutcome =
  | { readonly kind: "signed"; readonly issuer: string; readonly claims: JsonObject }
  | { readonly kind: "unknown_issuer" }
  | { readonly kind: "forged"; readonly message: string };

const maxAssertionChars = 65_536;

// A JWKS may say more about its keys than we read; the key itself is still read strictly.
const keyMembers = ["kty", "crv", "x", "y", "n", "e", "kid", "use", "alg"] as const;

function readKey(value: JsonObject): PublicJwk | undefined {
  const members = keyMembers.filter((name) => Object.hasOwn(value, name)).map((name) => [name, value[name]]);
  try {
    return parsePublicJwk(Object.fromEntries(members));
  } catch (error) {
    if (isNarrowgateError(error)) return undefined;
    throw error;
  }
}

async function isSignedBy(
  evidence: Evidence,
  jwk: PublicJwk,
  jws: ReturnType<typeof parseCompactJws>,
): Promise<boolean> {
  const message = utf8(jws.signingInput);
  const { crypto } = evidence;
  const { alg } = jws.header;
  if (alg === "ES256") return jwk.kty === "EC" && crypto.verifyEs256(jwk, message, jws.signature);
  if (alg === "RS256") return jwk.kty === "RSA" && crypto.verifyRs256(jwk, message, jws.signature);
  return false;
}

/**
 * Verifies an assertion under the keys the trust file gives for its issuer.
 * Trust: `text` is attacker-controlled.
 */
export async function verifyAssertion(evidence: Evidence, text: string): Promise<AssertionOutcome> {
  try {
    const jws = parseCompactJws(text, { maxBytes: maxAssertionChars });
    const issuer = jws.payload.iss;
    const trusted = evidence.trust?.issuers.find((each) => each.issuer === issuer);
    if (trusted === undefined) return { kind: "unknown_issuer" };
    for (const key of trusted.jwks.keys) {
      const jwk = readKey(key);
      if (
        jwk === undefined ||
        (jws.header.kid !== undefined && jwk.kid !== undefined && jwk.kid !== jws.header.kid)
      )
        continue;
      if (await isSignedBy(evidence, jwk, jws))
        return { kind: "signed", issuer: trusted.issuer, claims: jws.payload };
    }
    return { kind: "forged", message: "no key of its issuer signed it" };
  } catch (error) {
    if (isNarrowgateError(error)) return { kind: "forged", message: "it is malformed" };
    throw error;
  }
}
