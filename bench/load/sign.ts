import {
  createHash,
  createPrivateKey,
  type JsonWebKey,
  type KeyObject,
  randomBytes,
  sign,
} from "node:crypto";

/** Who signs: an agent, or a client of another token service. */
export interface Signer {
  readonly id: string;
  /** Private P-256 JWK. */
  readonly jwk: JsonWebKey;
  /** RFC 7638 thumbprint, for the `kid` of assertions. */
  readonly jkt: string;
}

const keys = new Map<string, KeyObject>();

function keyOf({ jkt, jwk }: Signer): KeyObject {
  const key = keys.get(jkt) ?? createPrivateKey({ key: jwk, format: "jwk" });
  keys.set(jkt, key);
  return key;
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

function signJws(signer: Signer, header: object, claims: object): string {
  const input = `${part({ alg: "ES256", ...header })}.${part(claims)}`;
  const key = { key: keyOf(signer), dsaEncoding: "ieee-p1363" as const };
  return `${input}.${sign("sha256", Buffer.from(input), key).toString("base64url")}`;
}

const newId = (): string => randomBytes(16).toString("base64url");
const nowS = (): number => Math.floor(Date.now() / 1000);

/** base64url SHA-256. */
export const digest = (text: string): string => createHash("sha256").update(text).digest("base64url");

/** A client assertion of one minute. @see RFC 7523 section 3 */
export function clientAssertion(signer: Signer, audience: string): string {
  const iat = nowS();
  const claims = { iss: signer.id, sub: signer.id, aud: audience, iat, exp: iat + 120, jti: newId() };
  return signJws(signer, { typ: "JWT", kid: signer.jkt }, claims);
}

/** A possession proof. @see RFC 9449 section 4.2 */
export function possessionProof(
  signer: Signer,
  about: {
    readonly url: string;
    readonly nonce?: string | undefined;
    readonly token?: string;
    readonly body?: string;
    /** Absent: POST. */
    readonly method?: "GET" | "POST";
  },
): string {
  const { kty, crv, x, y } = signer.jwk;
  const { url, nonce, token, body, method = "POST" } = about;
  const claims = {
    jti: newId(),
    htm: method,
    htu: url,
    iat: nowS(),
    ...(nonce === undefined ? {} : { nonce }),
    ...(token === undefined ? {} : { ath: digest(token) }),
    ...(body === undefined ? {} : { body_sha256: digest(body) }),
  };
  return signJws(signer, { typ: "dpop+jwt", jwk: { kty, crv, x, y } }, claims);
}
