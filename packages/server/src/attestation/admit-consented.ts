import type { WorkloadBinding } from "@narrowgate/contracts";
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
  /** The rule it comes in by: one of the agent's. */
  readonly binding: WorkloadBinding;
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
  { agent: id, jkt, jwk, dpop, binding, claims }: ConsentedKey,
): Promise<Instance | Refusal> {
  const agent = room.registry.agent(id);
  if (agent === undefined) return refuse("not_found", "there is no such agent");
  const unfit = checkAgent(agent, room.ports.clock.nowMs());
  if (unfit !== undefined) return unfit;
  const digest = bindingDigest(binding);
  if (binding.method !== "consent" || !agent.bindings.some((rule) => bindingDigest(rule) === digest))
    return refuse("attestation_failed", "the agent has no binding by consent");
  const bound = bindInstance(room, {
    agent,
    shown: { method: "enrolment", jkt, dpop, claims, platformInstance: `consent/${jkt}` },
    jwk,
    assurance: "enrolled",
    binding: digest,
    vouchedBy: "",
    name: "",
  });
  if (isRefusal(bound)) return bound;
  await bound.durable;
  return bound.instance;
}
