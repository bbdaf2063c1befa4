import { formatAuthority, parseAuthority } from "@narrowgate/authority";
import type { MandateDocument } from "@narrowgate/contracts";
import { mandateDigest, parseMandateDocument } from "@narrowgate/contracts";
import { type JsonObject, readArray, readObject, readString, sha256 } from "@narrowgate/kernel";
import { sendWithProof } from "./dpop-fetch.ts";
import { signClientAssertion } from "./proofs.ts";
import { readJsonAnswer, refusalOf, type TokenClient } from "./token-client.ts";

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** The text a person signs as `nonce` of an ID token: it binds the person to exactly this mandate. */
export function nonceForSubject(document: MandateDocument): string {
  return mandateDigest(sha256, parseMandateDocument(document));
}

/**
 * Opens a mandate for this agent.
 * @param assertion - ID token or ID-JAG of the person; without it the mandate is only asserted by the agent
 * @returns id of the mandate
 */
export async function openMandate(
  client: TokenClient,
  document: MandateDocument,
  assertion?: string,
): Promise<string> {
  const answer = await post(client, "/mandates", {
    document,
    ...(assertion === undefined ? {} : { assertion }),
  });
  return readString(readObject(answer, "", Object.keys(answer)).mandate, "/mandate", { min: 1, max: 64 });
}

/** Closes a mandate: all tokens below it are dead when this returns. */
export async function closeMandate(client: TokenClient, mandate: string): Promise<void> {
  await post(client, "/mandates/close", { mandate });
}

/** What an agent may do at most, as its registration says. */
export interface Ceiling {
  /** Risk tier; at `T3` only a person's own signature opens a mandate. */
  readonly tier: string;
  /** Ids of the servers it names. */
  readonly servers: readonly string[];
  /** Wire form of an authority. */
  readonly authority: JsonObject;
}

/**
 * Reads the ceiling of this agent. Nothing is given or recorded by it.
 * @param servers - cuts it to these; empty for the whole
 * @param mandate - mandate it is meant to work under: refused when no token would be given under it
 * @throws `invalid_target` when a server is not in the ceiling; `mandate_unknown`, `mandate_closed`, `mandate_expired`,
 * `mandate_idle`, `revoked`, `not_entitled`, `subject_unproven` for the mandate; the code of any other refusal
 */
export async function readCeiling(
  client: TokenClient,
  servers: readonly string[] = [],
  mandate?: string,
): Promise<Ceiling> {
  const named = mandate === undefined ? {} : { mandate };
  const answer = await post(client, "/ceiling", { servers, ...named });
  const { authority, ...rest } = readObject(answer, "", ["agent", "tier", "servers", "authority"]);
  return {
    tier: readString(rest.tier, "/tier", { min: 1, max: 8 }),
    servers: readArray(rest.servers, "/servers", (id, path) => readString(id, path, { min: 1, max: 128 })),
    authority: formatAuthority(parseAuthority(authority)),
  };
}

async function post(
  client: TokenClient,
  path: string,
  content: object,
): Promise<Readonly<Record<string, unknown>>> {
  const { issuer, agent, key } = client.options;
  const nowMs = client.options.nowMs ?? Date.now;
  const client_assertion = await signClientAssertion(key, agent, issuer, nowMs());
  const body = JSON.stringify({ ...content, client_assertion, client_assertion_type: ASSERTION_TYPE });
  const headers = { "content-type": "application/json" };
  const send = client.options.fetch ?? ((url, init) => fetch(url, init));
  const response = await sendWithProof(
    { key, method: "POST", url: `${issuer}${path}`, headers, body },
    client.nonces,
    send,
    nowMs,
  );
  const answer = await readJsonAnswer(response);
  if (!response.ok) throw refusalOf(answer);
  return answer;
}
