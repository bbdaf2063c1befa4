import { generateKeyPairSync, hash, type KeyObject, sign } from "node:crypto";
import { type EcPublicJwk, jwkThumbprint, parsePublicJwk } from "@narrowgate/contracts";
import { type Clock, type JsonObject, randomId, toBase64url, utf8 } from "@narrowgate/kernel";
import { nodeSha256 } from "../../src/platform/crypto-hash/sha256.ts";

/** An operator's key as the command line holds it. */
export interface OperatorKey {
  readonly jwk: EcPublicJwk;
  readonly jkt: string;
  readonly key: KeyObject;
}

export function newOperatorKey(): OperatorKey {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwk = parsePublicJwk(publicKey.export({ format: "jwk" }));
  if (jwk.kty !== "EC") throw new Error("not an EC key");
  return { jwk, jkt: jwkThumbprint(nodeSha256, jwk), key: privateKey };
}

const segment = (value: JsonObject): string => toBase64url(utf8(JSON.stringify(value)));

export function signJws(key: KeyObject, header: JsonObject, payload: JsonObject): string {
  const input = `${segment(header)}.${segment(payload)}`;
  return `${input}.${toBase64url(sign("sha256", utf8(input), { key, dsaEncoding: "ieee-p1363" }))}`;
}

/** What is to be signed, and what of it a test wants otherwise. */
export interface Signing {
  readonly aud: string;
  readonly clock: Clock;
  readonly method: string;
  readonly path: string;
  readonly body?: Uint8Array;
  readonly header?: JsonObject;
  readonly claims?: JsonObject;
}

/** Signs a request as the command line does. */
export function signRequest({ key, jkt }: OperatorKey, signing: Signing): string {
  const { aud, clock, method, path, body = new Uint8Array(), header = {}, claims = {} } = signing;
  return signJws(
    key,
    { alg: "ES256", typ: "operator-request+jws", ...header },
    {
      iss: jkt,
      aud,
      method,
      path,
      body_sha256: hash("sha256", body, "base64url"),
      iat: Math.floor(clock.nowMs() / 1000),
      jti: randomId(),
      ...claims,
    },
  );
}
