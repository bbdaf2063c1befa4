import { createPublicKey, verify } from "node:crypto";
import { toBase64url } from "@narrowgate/kernel";
import type { VerifySignature } from "@narrowgate/tlog";

/**
 * Ed25519 by node:crypto, in the shape tlog asks for.
 * Trust: key, message and signature may be attacker-controlled; a key that is none verifies nothing.
 */
export const verifyEd25519: VerifySignature = async (publicKey, message, signature) => {
  try {
    const jwk = { kty: "OKP", crv: "Ed25519", x: toBase64url(publicKey) };
    return verify(null, message, createPublicKey({ key: jwk, format: "jwk" }), signature);
  } catch {
    return false;
  }
};
