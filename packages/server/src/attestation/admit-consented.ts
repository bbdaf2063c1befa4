import type { JsonObject } from "@narrowgate/kernel";
import { checkAgent } from "./check-agent.ts";
import { type BindingRoom, bindInstance } from "./instances/bind-instance.ts";
import type { Instance } from "./instances/stored-instance.ts";
import type { Refusal, RegistryPort } from "./ports.ts";
import { isRefusal, refuse } from "./refusal.ts";
import { bindingDigest } from "./workload-bindings.ts";

/** A key that redeemed what a person's consent gave; possession was proven. */
export interface ConsentedKey {
  readonly agent: string;
  readonly jkt: string;
  readonly jwk: JsonObject;
  /** The possession proof, sealed with the leaf. */
  readonly dpop: string;
  /** Client the agent was asked under: its own id, or the address of its metadata document. */
  readonly client: string;
  /** What the consent was; sealed with the leaf. */
  readonly claims: JsonObject;
}

/**
 * Lets a key in as an instance of an agent that people sign in to. The one-time code the person gave stands where a join
 * code stands else. Such an instance is forgotten when nobody used it for a day; the next code or refresh token brings it
 * back under the same key.
 * @returns the instance, on record; or `not_found`, `agent_inactive`, `agent_expired`, `attestation_failed` (no binding),
 * `instance_bound`, `revoked`, `overloaded`
 */
export async function admitConsented(
  room: BindingRoom & { readonly registry: Pick<RegistryPort, "agent"> },
  { agent: id, jkt, jwk, dpop, client, claims }: ConsentedKey,
): Promise<Instance | Refusal> {
  const agent = room.registry.agent(id);
  if (agent === undefined) return refuse("not_found", "there is no such agent");
  const unfit = checkAgent(agent, room.ports.clock.nowMs());
  if (unfit !== undefined) return unfit;
  const binding = agent.bindings.find(
    (rule) =>
      rule.method === "consent" && ("client_id" in rule ? rule.client_id === client : agent.id === client),
  );
  if (binding === undefined) return refuse("attestation_failed", "the agent has no binding by consent");
  const bound = bindInstance(room, {
    agent,
    shown: { method: "enrolment", jkt, dpop, claims, platformInstance: `consent/${jkt}` },
    jwk,
    assurance: "enrolled",
    binding: bindingDigest(binding),
    vouchedBy: "",
    name: "",
  });
  if (isRefusal(bound)) return bound;
  await bound.durable;
  return bound.instance;
}
