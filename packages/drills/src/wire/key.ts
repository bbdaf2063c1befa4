import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/** A P-256 key of a client of these drills. */
export interface Key {
  readonly jwk: { readonly kty: "EC"; readonly crv: "P-256"; readonly x: string; readonly y: string };
  /** RFC 7638 thumbprint. */
  readonly jkt: string;
  /** ES256 in the 64-byte form. */
  sign(data: string | Buffer): Buffer;
}

/** Base64url of some bytes or text. */
export function encode(value: string | Uint8Array): string {
  return Buffer.from(value).toString("base64url");
}

/** SHA-256 as base64url. */
export function digestOf(value: string | Uint8Array): string {
  return createHash("sha256").update(value).digest("base64url");
}

/** Random bytes as base64url; 16 unless told otherwise. */
export function randomText(bytes = 16): string {
  return randomBytes(bytes).toString("base64url");
}

function keyOf(publicKey: KeyObject, privateKey: KeyObject): Key {
  const { x = "", y = "" } = publicKey.export({ format: "jwk" });
  return {
    jwk: { kty: "EC", crv: "P-256", x, y },
    jkt: digestOf(`{"crv":"P-256","kty":"EC","x":"${x}","y":"${y}"}`),
    sign: (data) => sign("sha256", Buffer.from(data), { key: privateKey, dsaEncoding: "ieee-p1363" }),
  };
}

/** Makes a key. It lives in this process alone. */
export function makeKey(): Key {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return keyOf(publicKey, privateKey);
}

/** A compact JWS, ES256. */
export function signedText(key: Key, header: object, claims: object): string {
  const input = `${encode(JSON.stringify({ alg: "ES256", ...header }))}.${encode(JSON.stringify(claims))}`;
  return `${input}.${encode(key.sign(input))}`;
}
