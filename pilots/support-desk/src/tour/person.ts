import { createPrivateKey, generateKeyPairSync, type KeyObject, randomUUID, sign } from "node:crypto";
import type { JsonObject } from "@narrowgate/kernel";

/** A person with an identity provider of their own. SIMULATED: the tour has no real sign-in; its output says so. */
export interface SimulatedPerson {
  readonly issuer: string;
  readonly subject: string;
  /** Key set of the identity provider, for the registry file and the trust file. */
  readonly jwks: JsonObject;
  /** An ID token whose `nonce` is the digest of the mandate: what the person signs by signing in. */
  signIn(nonce: string, audience: string): string;
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

function signEs256(key: KeyObject, input: string): string {
  return sign("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" }).toString("base64url");
}

/** Makes the person and the identity provider. */
export function simulatePerson(issuer: string, name: string): SimulatedPerson {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = createPrivateKey(privateKey.export({ type: "pkcs8", format: "pem" }));
  const kid = "tour-idp-1";
  const { kty, crv, x, y } = publicKey.export({ format: "jwk" });
  const jwk: JsonObject = {
    kty: kty ?? "",
    crv: crv ?? "",
    x: x ?? "",
    y: y ?? "",
    kid,
    alg: "ES256",
    use: "sig",
  };
  return {
    issuer,
    subject: `${issuer}#${name}`,
    jwks: { keys: [jwk] },
    signIn(nonce, audience) {
      const iat = Math.floor(Date.now() / 1000);
      const claims = { iss: issuer, sub: name, aud: audience, iat, exp: iat + 300, nonce, jti: randomUUID() };
      const input = `${part({ alg: "ES256", kid, typ: "JWT" })}.${part(claims)}`;
      return `${input}.${signEs256(key, input)}`;
    },
  };
}
