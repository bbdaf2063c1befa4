import { createPrivateKey, generateKeyPairSync, hash, type KeyObject, randomBytes, sign } from "node:crypto";
import type { JsonObject } from "@narrowgate/kernel";

/** Base64url of canonical-enough JSON, as a JWS part. */
function part(value: JsonObject): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** Signs a compact JWS with ES256. */
export function signJws(key: KeyObject, header: JsonObject, payload: JsonObject): string {
  const input = `${part(header)}.${part(payload)}`;
  const signature = sign("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" });
  return `${input}.${signature.toString("base64url")}`;
}

/** A P-256 key pair. */
export interface TestKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly jwk: { readonly kty: string; readonly crv: string; readonly x: string; readonly y: string };
  readonly jkt: string;
}

export function makeKey(): TestKey {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { kty = "", crv = "", x = "", y = "" } = publicKey.export({ format: "jwk" });
  const jkt = hash("sha256", JSON.stringify({ crv, kty, x, y }), "base64url");
  return {
    privateKey: createPrivateKey(privateKey.export({ format: "pem", type: "pkcs8" })),
    publicKey,
    jwk: { kty, crv, x, y },
    jkt,
  };
}

export interface ProofOptions {
  readonly method: string;
  readonly url: string;
  readonly token: string;
  readonly nonce?: string;
  readonly body?: string | Uint8Array;
  readonly claims?: JsonObject;
}

/** Makes a DPoP proof; `body` adds the digest of the body. */
export function makeProof(key: TestKey, { method, url, token, nonce, body, claims }: ProofOptions): string {
  return signJws(
    key.privateKey,
    { alg: "ES256", typ: "dpop+jwt", jwk: key.jwk },
    {
      ath: hash("sha256", token, "base64url"),
      htm: method,
      htu: url,
      iat: Math.floor(Date.now() / 1000),
      jti: randomBytes(16).toString("base64url"),
      ...(nonce === undefined ? {} : { nonce }),
      ...(body === undefined ? {} : { body_sha256: hash("sha256", body, "base64url") }),
      ...claims,
    },
  );
}
