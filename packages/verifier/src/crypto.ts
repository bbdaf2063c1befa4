import type { EcPublicJwk, RsaPublicJwk } from "@narrowgate/contracts";
import type { Sha256 } from "@narrowgate/kernel";

type Answer = boolean | Promise<boolean>;

/**
 * The signatures a verifier has to check, supplied by the runtime.
 * Guarantee asked for: each answers false, and does not throw, on a key or signature that does not fit.
 */
export interface VerifierCrypto {
  readonly sha256: Sha256;
  /** ECDSA P-256 with SHA-256; `signature` is r || s, 64 bytes and in no other form. */
  verifyEs256(jwk: EcPublicJwk, message: Uint8Array, signature: Uint8Array): Answer;
  /** Ed25519; `publicKey` has 32 bytes. */
  verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Answer;
  /** RSASSA-PKCS1-v1_5 with SHA-256: for ID tokens of issuers that have nothing newer. */
  verifyRs256(jwk: RsaPublicJwk, message: Uint8Array, signature: Uint8Array): Answer;
}
