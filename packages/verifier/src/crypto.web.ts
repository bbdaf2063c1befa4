import type { PublicJwk } from "@narrowgate/contracts";
import { sha256, toBase64url } from "@narrowgate/kernel";
import type { VerifierCrypto } from "./crypto.ts";

type Algorithm = { readonly name: string; readonly namedCurve?: string; readonly hash?: string };
type BareKey = { kty: string; crv?: string; x?: string; y?: string; n?: string; e?: string };

/** The parts of WebCrypto that are used; stated here so that the package needs no DOM types. */
export interface SubtleVerifier {
  importKey(
    format: "jwk",
    key: BareKey,
    algorithm: Algorithm,
    extractable: boolean,
    usages: "verify"[],
  ): Promise<unknown>;
  verify(
    algorithm: Algorithm,
    key: never,
    signature: Uint8Array<ArrayBuffer>,
    message: Uint8Array<ArrayBuffer>,
  ): Promise<boolean>;
}

const es256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const ed25519 = { name: "Ed25519" };
const rs256 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

/** Only the members that make the key: labels such as `use` could make the import refuse. */
function bareKey(jwk: PublicJwk): BareKey {
  if (jwk.kty === "EC") return { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y };
  return jwk.kty === "OKP" ? { kty: jwk.kty, crv: jwk.crv, x: jwk.x } : { kty: jwk.kty, n: jwk.n, e: jwk.e };
}

/**
 * Signature checks by WebCrypto, in a browser or a worker.
 * @param subtle - `crypto.subtle`; it must know Ed25519
 */
export function webCrypto(subtle: SubtleVerifier): VerifierCrypto {
  async function check(
    jwk: PublicJwk,
    algorithm: Algorithm,
    [message, signature]: readonly [Uint8Array, Uint8Array],
  ): Promise<boolean> {
    try {
      const key = await subtle.importKey("jwk", bareKey(jwk), algorithm, false, ["verify"]);
      // The key is the runtime's own object; it is only handed back to the runtime.
      return await subtle.verify(algorithm, key as never, signature.slice(), message.slice());
    } catch {
      return false;
    }
  }
  return {
    sha256,
    verifyEs256: async (jwk, message, signature) =>
      signature.length === 64 && check(jwk, es256, [message, signature]),
    verifyEd25519: async (publicKey, message, signature) =>
      signature.length === 64 &&
      publicKey.length === 32 &&
      check({ kty: "OKP", crv: "Ed25519", x: toBase64url(publicKey) }, ed25519, [message, signature]),
    verifyRs256: async (jwk, message, signature) => check(jwk, rs256, [message, signature]),
  };
}
