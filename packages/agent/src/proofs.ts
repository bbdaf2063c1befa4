import { randomId, sha256, toBase64url, utf8 } from "@narrowgate/kernel";
import type { AgentKey } from "./agent-key.ts";
import { signJws } from "./sign-jws.ts";

/** Digest as it stands in proofs: base64url SHA-256. Web Crypto hashes large bodies much faster than portable code. */
async function digest(data: Uint8Array): Promise<string> {
  const large = data.length > 4096;
  return toBase64url(
    large ? new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(data))) : sha256(data),
  );
}

/** What a possession proof is about. */
export interface ProofInput {
  readonly method: string;
  /** The URL of the request; query and fragment are left out, as the RFC demands. */
  readonly url: string;
  readonly nonce?: string | undefined;
  readonly accessToken?: string | undefined;
  /** Exact body bytes; their digest goes into the proof, so that replay can say the arguments are the agent's own word. */
  readonly body?: Uint8Array | undefined;
}

/** Signs a DPoP proof. @see RFC 9449 section 4.2; docs/spec/token.md, Possession proof */
export async function signProof(key: AgentKey, input: ProofInput, nowMs: number): Promise<string> {
  const url = new URL(input.url);
  const { kty, crv, x, y } = key.publicJwk;
  return signJws(
    key,
    { typ: "dpop+jwt", jwk: { kty, crv, x, y } },
    {
      jti: randomId(),
      htm: input.method,
      htu: `${url.origin}${url.pathname}`,
      iat: Math.floor(nowMs / 1000),
      ...(input.nonce === undefined ? {} : { nonce: input.nonce }),
      ...(input.accessToken === undefined ? {} : { ath: await digest(utf8(input.accessToken)) }),
      ...(input.body === undefined ? {} : { body_sha256: await digest(input.body) }),
    },
  );
}

/** Signs a client assertion (private_key_jwt) of one minute. @see RFC 7523 section 3 */
export function signClientAssertion(
  key: AgentKey,
  agent: string,
  issuer: string,
  nowMs: number,
): Promise<string> {
  const iat = Math.floor(nowMs / 1000);
  return signJws(
    key,
    { typ: "JWT", kid: key.jkt },
    { iss: agent, sub: agent, aud: issuer, iat, exp: iat + 60, jti: randomId() },
  );
}
