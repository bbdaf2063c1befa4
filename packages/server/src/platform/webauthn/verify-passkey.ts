import { createPublicKey, verify } from "node:crypto";
import { type PublicJwk, rawSignature } from "@narrowgate/contracts";
import { isNarrowgateError } from "@narrowgate/kernel";
import { joseToDer } from "../jose/index.ts";

/** The signature in the one form that is taken: strict DER of a P-256 signature in range. */
function strictDer(signature: Uint8Array): Uint8Array | undefined {
  try {
    return joseToDer(rawSignature(signature));
  } catch (cause) {
    if (isNarrowgateError(cause)) return undefined;
    throw cause;
  }
}

/**
 * Verifies a signature of a passkey: ES256 (DER, read strictly) or Ed25519.
 * Trust: `message` and `signature` are attacker-controlled; `jwk` is of an enrolled passkey.
 * Synchronous: it happens as often as people press a button, and nothing may change while it is under way.
 * @see docs/spec/approval.md P-7
 */
export function verifyPasskey(jwk: PublicJwk, message: Uint8Array, signature: Uint8Array): boolean {
  if (jwk.kty === "EC" && jwk.crv === "P-256") {
    const der = strictDer(signature);
    const key = createPublicKey({ key: { kty: "EC", crv: "P-256", x: jwk.x, y: jwk.y }, format: "jwk" });
    return der !== undefined && verify("sha256", message, key, der);
  }
  if (jwk.kty !== "OKP" || signature.length !== 64) return false;
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: jwk.x }, format: "jwk" });
  return verify(null, message, key, signature);
}
