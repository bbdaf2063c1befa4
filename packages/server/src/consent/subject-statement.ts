import type { JsonObject } from "@narrowgate/kernel";
import type { PersonHere, SigningKey } from "./ports.ts";

/** How long it may be taken for one; it is used in the same moment. */
const LIFE_SECONDS = 60;

/**
 * What this room says of a consent: an ID token of our own issuer, whose nonce is the digest of the mandate.
 * It is our word that this person, signed in here, said yes to this document. It is never given to a client.
 * @see docs/design/consent.md (Basis)
 */
export async function signStatement(
  { ref }: PersonHere,
  { issuer, agent, digest, nowMs }: { issuer: string; agent: string; digest: string; nowMs: number },
  key: SigningKey,
): Promise<string> {
  const iat = Math.floor(nowMs / 1000);
  const claims: JsonObject = {
    iss: issuer,
    aud: agent,
    sub: ref,
    nonce: digest,
    iat,
    exp: iat + LIFE_SECONDS,
  };
  const part = (value: JsonObject): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const input = `${part({ alg: "ES256", kid: key.kid, typ: "JWT" })}.${part(claims)}`;
  const signature = await key.sign(Buffer.from(input));
  return `${input}.${Buffer.from(signature).toString("base64url")}`;
}
