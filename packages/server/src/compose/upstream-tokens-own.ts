import { hash } from "node:crypto";
import { type EpochReader, type EvidenceSink, gateActorId } from "@narrowgate/contracts";
import { randomId } from "@narrowgate/kernel";
import type { TokenMaker } from "./upstream-tokens-sign.ts";

const lifeSeconds = 300;
const renewBeforeSeconds = 60;

/** What is on record of a token the gate makes for itself. */
export interface OwnTokenPorts {
  readonly evidence: EvidenceSink;
  readonly epochs: EpochReader;
  readonly inForce: () => { readonly policy: string; readonly procedure: string };
}

interface Held {
  readonly expires: number;
  readonly token: Promise<string>;
}

async function mint(
  maker: TokenMaker,
  { evidence, epochs, inForce }: OwnTokenPorts,
  audience: string,
): Promise<string> {
  const { issuer, jkt } = maker;
  const sub = gateActorId(issuer);
  const iat = maker.nowS();
  const jti = randomId();
  const exp = iat + lifeSeconds;
  const unsigned = maker.prepare({
    iss: issuer,
    aud: audience,
    sub,
    sub_profile: "service",
    client_id: sub,
    iat,
    exp,
    jti,
    cnf: { jkt },
  });
  const digest = (text: string): string => hash("sha256", text, "base64url");
  const { durable } = evidence.record([
    {
      type: "decision",
      body: { action: "mint", verdict: "permit", ...inForce(), feed: epochs.position() },
      content: {
        policies: [],
        reason: "The gate opens a conversation with an upstream.",
        request: { target: audience },
      },
    },
    ([decision]) => ({
      type: "token",
      body: {
        decision: decision?.id ?? "",
        token: digest(jti),
        digest: digest(unsigned.signingInput),
        mode: "root",
        jkt,
        expires_s: exp,
        epochs: [],
      },
      proof: { signing_input: unsigned.signingInput },
    }),
  ]);
  await durable;
  return unsigned.sign();
}

/**
 * Tokens of the gate on its own behalf, for what belongs to no caller: opening a conversation, reading definitions. They
 * name no subject, carry no authority, and are no access tokens of format version 1, so that our own doors refuse them.
 * @returns a function that gives the token for an upstream's address
 */
export function createOwnTokens(
  maker: TokenMaker,
  ports: OwnTokenPorts,
): (audience: string) => Promise<string> {
  const held = new Map<string, Held>();
  return (audience) => {
    const known = held.get(audience);
    const nowS = maker.nowS();
    if (known !== undefined && known.expires - nowS > renewBeforeSeconds) return known.token;
    const token = mint(maker, ports, audience);
    held.set(audience, { expires: nowS + lifeSeconds, token });
    // What failed is tried again by who asks next.
    token.catch(() => held.delete(audience));
    return token;
  };
}
