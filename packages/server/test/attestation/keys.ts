import { randomUUID } from "node:crypto";
import { jwkThumbprint, type PublicJwk, parsePublicJwk } from "@narrowgate/contracts";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { nodeSha256 } from "../../src/platform/crypto-hash/sha256.ts";

/** A key of an agent instance. */
export interface WorkloadKey {
  readonly privateKey: CryptoKey;
  readonly jwk: PublicJwk;
  readonly jkt: string;
}

export async function newWorkloadKey(): Promise<WorkloadKey> {
  const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = parsePublicJwk(await exportJWK(publicKey));
  return { privateKey, jwk, jkt: jwkThumbprint(nodeSha256, jwk) };
}

/** A possession proof for a request. */
export function signProof(
  key: WorkloadKey,
  claims: {
    readonly htu: string;
    readonly nonce: string;
    readonly iat: number;
    readonly body_sha256?: string;
  },
): Promise<string> {
  return new SignJWT({ jti: randomUUID(), htm: "POST", ...claims })
    .setProtectedHeader({ typ: "dpop+jwt", alg: "ES256", jwk: { ...key.jwk } })
    .sign(key.privateKey);
}

/** A signing key of an issuer. */
export interface IssuerKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: { readonly [name: string]: string };
}

export async function newIssuerKey(alg = "ES256", use = "sig"): Promise<IssuerKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  const members = Object.entries({ ...jwk, kid, alg, use });
  const publicJwk = Object.fromEntries(members.map(([name, value]) => [name, String(value)]));
  return { kid, alg, privateKey, publicJwk };
}

/** A JWT of an issuer, with header members added or taken away. */
export function signToken(
  key: IssuerKey,
  claims: JWTPayload,
  header: { readonly [name: string]: unknown } = {},
): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: key.alg, kid: key.kid, ...header })
    .sign(key.privateKey);
}
