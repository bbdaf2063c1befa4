import { type PublicJwk, parsePublicJwk } from "@narrowgate/contracts";
import { fromBase64url, NarrowgateError, toBase64url } from "@narrowgate/kernel";

/** Labels of RFC 9052 section 7 and their values for the two kinds of key we take. */
const KTY = 1;
const ALG = 3;
const CRV = -1;
const X = -2;
const Y = -3;
const ES256 = -7;
const EDDSA = -8;

/** The signature algorithms a passkey may have, as COSE numbers: ES256 and EdDSA. */
export const PASSKEY_ALGORITHMS: readonly number[] = [ES256, EDDSA];

type CoseMap = Map<number, number | Uint8Array<ArrayBuffer>>;

function bytesAt(key: ReadonlyMap<unknown, unknown>, label: number): string {
  const value = key.get(label);
  if (value instanceof Uint8Array) return toBase64url(value);
  throw new NarrowgateError("malformed_input", "the key of the passkey lacks a member");
}

/**
 * Reads the public key of a passkey: P-256 with ES256, or Ed25519.
 * Trust: `key` is a decoded COSE key, attacker-controlled.
 * @throws NarrowgateError `malformed_input` for any other kind of key
 * @see RFC 9053 section 2
 */
export function coseToJwk(key: ReadonlyMap<unknown, unknown>): PublicJwk {
  const isEc = key.get(KTY) === 2 && key.get(CRV) === 1 && key.get(ALG) === ES256;
  if (isEc) return parsePublicJwk({ kty: "EC", crv: "P-256", x: bytesAt(key, X), y: bytesAt(key, Y) });
  const isOkp = key.get(KTY) === 1 && key.get(CRV) === 6 && key.get(ALG) === EDDSA;
  if (isOkp) return parsePublicJwk({ kty: "OKP", crv: "Ed25519", x: bytesAt(key, X) });
  throw new NarrowgateError("malformed_input", "a passkey has a P-256 or an Ed25519 key");
}

/** The same key as a COSE map. @throws NarrowgateError `malformed_input` for an RSA key */
export function jwkToCose(jwk: PublicJwk): CoseMap {
  const own = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(fromBase64url(text));
  if (jwk.kty === "EC") {
    const key: CoseMap = new Map<number, number | Uint8Array<ArrayBuffer>>([
      [KTY, 2],
      [ALG, ES256],
      [CRV, 1],
    ]);
    return key.set(X, own(jwk.x)).set(Y, own(jwk.y));
  }
  if (jwk.kty !== "OKP") throw new NarrowgateError("malformed_input", "a passkey has no RSA key");
  const key: CoseMap = new Map<number, number | Uint8Array<ArrayBuffer>>([
    [KTY, 1],
    [ALG, EDDSA],
    [CRV, 6],
  ]);
  return key.set(X, own(jwk.x));
}
