import { createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import type { JsonObject } from "@narrowgate/kernel";

/** The order of P-256; a signature half outside 1..n-1 is never valid. */
const ORDER = Buffer.from("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", "hex");
const HALF = 32;

function inRange(half: Uint8Array): boolean {
  return half.some((byte) => byte !== 0) && Buffer.compare(half, ORDER) < 0;
}

function derInteger(half: Uint8Array): Uint8Array {
  let start = 0;
  while (start < HALF - 1 && half[start] === 0) start += 1;
  const pad = (half[start] ?? 0) >= 0x80 ? 1 : 0;
  const out = new Uint8Array(2 + pad + HALF - start);
  out[0] = 0x02;
  out[1] = pad + HALF - start;
  out.set(half.subarray(start), 2 + pad);
  return out;
}

/**
 * Turns the 64-byte JOSE form of an ES256 signature into DER.
 * Why: node:crypto takes twice as long for the `ieee-p1363` encoding as for DER.
 * Trust: `signature` is attacker-controlled.
 * @returns undefined when it is not exactly two 32-byte halves in 1..n-1
 * @see RFC 7518 section 3.4
 */
export function joseToDer(signature: Uint8Array): Uint8Array | undefined {
  if (signature.length !== 2 * HALF) return undefined;
  const r = signature.subarray(0, HALF);
  const s = signature.subarray(HALF);
  if (!inRange(r) || !inRange(s)) return undefined;
  const first = derInteger(r);
  const second = derInteger(s);
  const out = new Uint8Array(2 + first.length + second.length);
  out[0] = 0x30;
  out[1] = first.length + second.length;
  out.set(first, 2);
  out.set(second, 2 + first.length);
  return out;
}

/** Turns our own DER signature into the 64-byte JOSE form. Trust: `der` was made by node:crypto in this process. */
export function derToJose(der: Uint8Array): Uint8Array {
  const out = new Uint8Array(2 * HALF);
  let at = 2;
  for (const end of [HALF, 2 * HALF]) {
    const length = der[at + 1] ?? 0;
    const value = der.subarray(at + 2, at + 2 + length);
    const digits = value.length > HALF ? value.subarray(value.length - HALF) : value;
    out.set(digits, end - digits.length);
    at += 2 + length;
  }
  return out;
}

/**
 * Verifies an ES256 signature off the main thread (libuv pool).
 * Trust: `message` and `signature` are attacker-controlled. Never rejects.
 */
export function verifyEs256(key: KeyObject, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  const der = joseToDer(signature);
  if (der === undefined) return Promise.resolve(false);
  return new Promise((resolve) => {
    verify("sha256", message, key, der, (error, ok) => resolve(error === null && ok));
  });
}

/** Signs with ES256 off the main thread; 64-byte JOSE form. @throws what node:crypto throws on a broken key */
export function signEs256(key: KeyObject, message: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    sign("sha256", message, key, (error, der) => (error === null ? resolve(derToJose(der)) : reject(error)));
  });
}

/**
 * Imports a public P-256 JWK.
 * Trust: `jwk` is attacker-controlled; anything but a bare EC P-256 public key gives undefined.
 */
export function importEs256Jwk(jwk: JsonObject): KeyObject | undefined {
  const { kty, crv, x, y } = jwk;
  if (kty !== "EC" || crv !== "P-256" || typeof x !== "string" || typeof y !== "string") return undefined;
  if ("d" in jwk || x.length !== 43 || y.length !== 43) return undefined;
  try {
    return createPublicKey({ key: { kty, crv, x, y }, format: "jwk" });
  } catch {
    return undefined;
  }
}
