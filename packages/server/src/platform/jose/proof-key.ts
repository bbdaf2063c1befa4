import { jwkThumbprint, parsePublicJwk } from "@narrowgate/contracts";
import { fromBase64url, isNarrowgateError, parseStrictJson } from "@narrowgate/kernel";
import { nodeSha256 } from "../crypto-hash/sha256.ts";
import { createKeyCache } from "./key-cache.ts";

const MAX_HEADER_CHARS = 1024;
const named = createKeyCache<string>();

function thumbprintOf(headerText: string): string | undefined {
  try {
    const header = parseStrictJson(fromBase64url(headerText), { maxDepth: 4 });
    if (typeof header !== "object" || header === null || !("jwk" in header)) return undefined;
    return jwkThumbprint(nodeSha256, parsePublicJwk(header.jwk));
  } catch (error) {
    if (isNarrowgateError(error)) return undefined;
    throw error;
  }
}

/**
 * Thumbprint of the key that a DPoP proof names. Nothing is verified: it says which budget to count by, and no more.
 * Trust: attacker-controlled.
 */
export function keyNamedByProof(proof: string): string | undefined {
  const end = proof.indexOf(".");
  if (end < 1 || end > MAX_HEADER_CHARS) return undefined;
  const headerText = proof.slice(0, end);
  return named.find(headerText, () => thumbprintOf(headerText));
}
