import { createPublicKey, hash, type KeyObject, verify } from "node:crypto";
import type { PublicJwk } from "@narrowgate/contracts";
import type { Sha256 } from "@narrowgate/kernel";
import type { VerifierCrypto } from "./crypto.ts";

const maxKeys = 4096;
const signatureBytes = 64;
const scalarBytes = 32;

const sha256: Sha256 = (data) => hash("sha256", data, "buffer");

/** One DER INTEGER of a 32-byte scalar: no leading zeros, and one where the first bit would make it negative. */
function derInteger(scalar: Uint8Array): Uint8Array {
  let start = 0;
  while (start < scalarBytes - 1 && scalar[start] === 0) start++;
  const padding = (scalar[start] ?? 0) >= 0x80 ? 1 : 0;
  const encoded = new Uint8Array(2 + padding + scalarBytes - start);
  encoded[0] = 0x02;
  encoded[1] = encoded.length - 2;
  encoded.set(scalar.subarray(start), 2 + padding);
  return encoded;
}

/** r || s as the DER that node:crypto verifies at half the cost of its own conversion. */
function toDer(signature: Uint8Array): Uint8Array {
  const r = derInteger(signature.subarray(0, scalarBytes));
  const s = derInteger(signature.subarray(scalarBytes));
  const der = new Uint8Array(2 + r.length + s.length);
  der[0] = 0x30;
  der[1] = r.length + s.length;
  der.set(r, 2);
  der.set(s, 2 + r.length);
  return der;
}

/** One text per key; labels do not count. */
function nameOf(jwk: PublicJwk): string {
  return jwk.kty === "RSA" ? `RSA ${jwk.e} ${jwk.n}` : `${jwk.crv} ${jwk.x} ${jwk.kty === "EC" ? jwk.y : ""}`;
}

/** Keys by name; undefined stands for a JWK that is no key (a point off the curve). */
class KeyCache {
  readonly #keys: Map<string, KeyObject | undefined> = new Map();

  find(jwk: PublicJwk): KeyObject | undefined {
    const name = nameOf(jwk);
    if (this.#keys.has(name)) return this.#keys.get(name);
    // TRUST: the keys come out of the bundle, so their number is its sender's choice.
    if (this.#keys.size >= maxKeys) this.#keys.clear();
    const key = importKey(jwk);
    this.#keys.set(name, key);
    return key;
  }
}

function importKey(jwk: PublicJwk): KeyObject | undefined {
  try {
    return createPublicKey({ key: { ...jwk }, format: "jwk" });
  } catch {
    return undefined;
  }
}

function verifies(
  key: KeyObject | undefined,
  algorithm: "sha256" | null,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (key === undefined) return false;
  try {
    return verify(algorithm, message, key, signature);
  } catch {
    return false;
  }
}

/** Signature checks by node:crypto, on the calling thread, with imported keys kept. */
export function nodeCrypto(): VerifierCrypto {
  const keys = new KeyCache();
  return {
    sha256,
    verifyEs256: (jwk, message, signature) =>
      signature.length === signatureBytes && verifies(keys.find(jwk), "sha256", message, toDer(signature)),
    verifyEd25519: (publicKey, message, signature) => {
      if (publicKey.length !== scalarBytes || signature.length !== signatureBytes) return false;
      const x = Buffer.from(publicKey).toString("base64url");
      return verifies(keys.find({ kty: "OKP", crv: "Ed25519", x }), null, message, signature);
    },
    verifyRs256: (jwk, message, signature) => verifies(keys.find(jwk), "sha256", message, signature),
  };
}
