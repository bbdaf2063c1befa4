import { type EcPublicJwk, jwkThumbprint, parsePublicJwk } from "@narrowgate/contracts";
import { NarrowgateError, readObject, readString, sha256 } from "@narrowgate/kernel";

/** The key an agent instance holds. The private half never leaves WebCrypto unless it was made extractable. */
export interface AgentKey {
  readonly publicJwk: EcPublicJwk;
  /** RFC 7638 thumbprint: what tokens are bound to. */
  readonly jkt: string;
  /** ES256 signature in the 64-byte JOSE form. */
  sign(data: Uint8Array): Promise<Uint8Array>;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" } as const;

function keyOf(privateKey: CryptoKey, publicJwk: EcPublicJwk): AgentKey {
  return {
    publicJwk,
    jkt: jwkThumbprint(sha256, publicJwk),
    sign: async (data) =>
      new Uint8Array(await crypto.subtle.sign(SIGNATURE, privateKey, new Uint8Array(data))),
  };
}

function bareEc(value: unknown): EcPublicJwk {
  const jwk = parsePublicJwk(value);
  if (jwk.kty !== "EC")
    throw new NarrowgateError("malformed_input", "/kty must be EC: agents sign with ES256");
  return { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y };
}

/** Makes a new P-256 key that cannot be exported. */
export async function generateAgentKey(): Promise<AgentKey> {
  const pair = await crypto.subtle.generateKey(ALGORITHM, false, ["sign", "verify"]);
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  return keyOf(pair.privateKey, bareEc({ kty, crv, x, y }));
}

/** A private JWK as kept in a file of mode 0600 by `narrowgate connect` and `run`. */
export interface PrivateAgentJwk {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly x: string;
  readonly y: string;
  readonly d: string;
}

/** Makes a key to be kept in a file. The caller protects it. */
export async function generatePrivateJwk(): Promise<PrivateAgentJwk> {
  const pair = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const { x, y, d } = await crypto.subtle.exportKey("jwk", pair.privateKey);
  return { kty: "EC", crv: "P-256", ...readParts({ x, y, d }) };
}

function readParts(value: unknown): Pick<PrivateAgentJwk, "x" | "y" | "d"> {
  const row = readObject(value, "", ["x", "y", "d"]);
  const part = (name: "x" | "y" | "d"): string => readString(row[name], `/${name}`, { min: 43, max: 43 });
  return { x: part("x"), y: part("y"), d: part("d") };
}

/**
 * Imports a private JWK.
 * @throws `malformed_input`; the message never holds the key
 */
export async function importAgentKey(value: unknown): Promise<AgentKey> {
  const { kty, crv, x, y, d } = readObject(value, "", ["kty", "crv", "x", "y", "d"]);
  const publicJwk = bareEc({ kty, crv, x, y });
  const jwk = { ...publicJwk, ...readParts({ x, y, d }) };
  return keyOf(await crypto.subtle.importKey("jwk", jwk, ALGORITHM, false, ["sign"]), publicJwk);
}
