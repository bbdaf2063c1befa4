import { hash } from "node:crypto";
import {
  type DpopProof,
  type ErrorCode,
  jwkThumbprint,
  parseCompactJws,
  parseDpopProof,
  parsePublicJwk,
} from "@narrowgate/contracts";
import { type Clock, fromBase64url, isNarrowgateError, parseStrictJson, utf8 } from "@narrowgate/kernel";
import { nodeSha256 } from "../crypto-hash/sha256.ts";
import type { BootNonce } from "./boot-nonce.ts";
import { importEs256Jwk, verifyEs256 } from "./es256.ts";
import { type CachedKey, createKeyCache } from "./key-cache.ts";
import type { SingleUse } from "./single-use.ts";

const MAX_PROOF_BYTES = 4096;
const WINDOW_SECONDS = 300;

/** What a request shows. `url` is the external URL without query and fragment: configured, never taken from a header. */
export interface ProofInput {
  readonly proof: string;
  readonly method: string;
  readonly url: string;
  readonly accessToken?: string;
}

/** A proof that verified, or the catalogue code that says why not. */
export type ProofOutcome =
  | { readonly kind: "proof"; readonly jkt: string; readonly use: string; readonly bodySha256?: string }
  | { readonly kind: "refused"; readonly code: ErrorCode; readonly description?: string };

const refused = (code: ErrorCode, description?: string): ProofOutcome => ({
  kind: "refused",
  code,
  ...(description === undefined ? {} : { description }),
});

const keys = createKeyCache();

/** The key in a proof header; the header text is what it is cached by. ES256 only. */
function keyOf(headerText: string): CachedKey | undefined {
  return keys.find(headerText, () => {
    const header = parseStrictJson(fromBase64url(headerText), { maxDepth: 4 });
    if (typeof header !== "object" || header === null || !("jwk" in header)) return undefined;
    const jwk = parsePublicJwk(header.jwk);
    const key = importEs256Jwk(jwk);
    return key === undefined ? undefined : { key, jkt: jwkThumbprint(nodeSha256, jwk) };
  });
}

function checkClaims(
  proof: DpopProof,
  input: ProofInput,
  nonce: BootNonce,
  nowMs: number,
): ProofOutcome | undefined {
  if (proof.htm !== input.method || proof.htu !== input.url)
    return refused("invalid_dpop_proof", "the proof is for another method or URL");
  if (Math.abs(proof.iat - nowMs / 1000) > WINDOW_SECONDS)
    return refused("invalid_dpop_proof", "the proof is too old, or from the future");
  const ath = input.accessToken === undefined ? undefined : hash("sha256", input.accessToken, "base64url");
  if (proof.ath !== ath) return refused("invalid_dpop_proof", "the proof is not for this access token");
  if (proof.nonce === undefined || !nonce.accepts(proof.nonce)) return refused("use_dpop_nonce");
  return undefined;
}

/** Checks DPoP proofs with the nonce of this boot and single use. Never throws on input. */
export interface ProofVerifier {
  verify(input: ProofInput): Promise<ProofOutcome>;
  /** The nonce to hand out. */
  nonce(): string;
}

/**
 * Builds the verifier.
 * ORDER: claims, then nonce, then signature, and single use last: nobody can use up another's proof without its key.
 * @see RFC 9449 section 4.3; docs/spec/token.md, Possession proof
 */
export function createProofVerifier(deps: {
  readonly clock: Clock;
  readonly nonce: BootNonce;
  readonly used: SingleUse;
}): ProofVerifier {
  const check = async (input: ProofInput): Promise<ProofOutcome> => {
    const jws = parseCompactJws(input.proof, { maxBytes: MAX_PROOF_BYTES });
    const proof = parseDpopProof(jws);
    if (proof.alg !== "ES256") return refused("invalid_dpop_proof", "proofs are signed with ES256");
    const wrong = checkClaims(proof, input, deps.nonce, deps.clock.nowMs());
    if (wrong !== undefined) return wrong;
    const cached = keyOf(input.proof.slice(0, input.proof.indexOf(".")));
    if (cached === undefined) return refused("invalid_dpop_proof");
    if (!(await verifyEs256(cached.key, utf8(jws.signingInput), jws.signature)))
      return refused("invalid_dpop_proof");
    const use = hash("sha256", `${cached.jkt}.${proof.jti}`, "base64url");
    if (!deps.used.take(use)) return refused("replayed");
    return {
      kind: "proof",
      jkt: cached.jkt,
      use,
      ...(proof.bodySha256 === undefined ? {} : { bodySha256: proof.bodySha256 }),
    };
  };
  return {
    nonce: () => deps.nonce.current(),
    verify: (input) => check(input).catch(asRefusal),
  };
}

function asRefusal(error: unknown): ProofOutcome {
  if (isNarrowgateError(error)) return refused("invalid_dpop_proof", error.publicMessage);
  throw error;
}
