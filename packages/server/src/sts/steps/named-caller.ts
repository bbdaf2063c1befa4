import type { AgentRecord } from "@narrowgate/contracts";
import { fromBase64url, isNarrowgateError, parseStrictJson } from "@narrowgate/kernel";
import { type Refusal, refuse } from "../outcome.ts";
import type { AssertionOutcome, InstanceRecord, StsPorts } from "../ports.ts";

/** Type of an assertion that an instance signed. */
export const JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

const MAX_ASSERTION_BYTES = 8192;

/** Reads a text member out of a JWS part without trusting it: only to know whose key to try. */
export function claimed(assertion: string, part: 0 | 1, member: "iss" | "kid"): string | undefined {
  const text = assertion.length > MAX_ASSERTION_BYTES ? undefined : assertion.split(".")[part];
  if (text === undefined) return undefined;
  try {
    const value = parseStrictJson(fromBase64url(text), { maxDepth: 8 });
    const found =
      typeof value === "object" && value !== null && member in value ? Reflect.get(value, member) : undefined;
    return typeof found === "string" ? found : undefined;
  } catch (error) {
    if (isNarrowgateError(error)) return undefined;
    throw error;
  }
}

/** An agent, and the one running copy of it that holds a key. */
export interface Caller {
  readonly client: AgentRecord;
  readonly instance: InstanceRecord;
}

/** Who an assertion says it is of. Nothing is verified. */
export interface NamedCaller extends Caller {
  readonly assertion: string;
}

/**
 * Finds the instance that an assertion and a key name together.
 * Trust: `assertion` is attacker-controlled; `jkt` may be no more than claimed.
 * @returns `invalid_client`
 */
export function nameCaller(assertion: string, jkt: string, ports: StsPorts): NamedCaller | Refusal {
  const agentId = claimed(assertion, 1, "iss");
  const client = agentId === undefined ? undefined : ports.registry.agent(agentId);
  const instance = client === undefined ? undefined : ports.attestation.instance(client.id, jkt);
  // One answer for all three, so that nobody learns which agents or keys exist.
  if (client === undefined || instance === undefined) return refuse("invalid_client");
  return { client, instance, assertion };
}

/** Verifies the assertion under the key of the instance it names. Its single use is not taken. */
export function verifyAssertion(
  { client, instance, assertion }: NamedCaller,
  ports: StsPorts,
): Promise<AssertionOutcome> {
  return ports.assertions.verify({ assertion, agent: client.id, jwk: instance.jwk });
}

/**
 * Takes the single use of an assertion that verified.
 * @param beside - whether a possession proof by the same key stands beside it, or it stands alone
 * @returns the caller, or what its assertion was refused for, or `replayed`
 */
export async function takeCaller(
  { client, instance }: Caller,
  verified: AssertionOutcome,
  beside: "proof" | "nothing",
  ports: StsPorts,
): Promise<Caller | Refusal> {
  if (verified.kind === "refused") return refuse(verified.code, verified.description);
  const taken = ports.assertionUses.take(verified, beside);
  if (taken === undefined) return refuse("replayed");
  await taken;
  return { client, instance };
}
