import type { AgentRecord, WorkloadBinding } from "@narrowgate/contracts";
import type { ClientMetadata } from "oidc-provider";
import type { ConsentPorts } from "./ports.ts";

type Consenting = Extract<WorkloadBinding, { method: "consent" }>;

/** Grant of CIBA. */
export const CIBA_GRANT: string = "urn:openid:params:grant-type:ciba";
/** Grants of the token endpoint that are this room's. */
export const CONSENT_GRANTS: readonly string[] = ["authorization_code", "refresh_token", CIBA_GRANT];

/** An agent as a client: which agent, and the rule that makes it one. */
export interface ConsentClient {
  readonly agent: AgentRecord;
  /** Absent for an agent that nobody can sign in to with a browser. */
  readonly binding?: Consenting;
}

function bindingOf(agent: AgentRecord, clientId: string): Consenting | undefined {
  return agent.bindings.find(
    (binding): binding is Consenting =>
      binding.method === "consent" &&
      ("client_id" in binding ? binding.client_id === clientId : agent.id === clientId),
  );
}

/**
 * The agent a client id stands for: its own id, or the address of a metadata document it is registered with. Suspended and
 * expired agents are none. Trust: `clientId` is attacker-controlled.
 */
export function clientOf(
  clientId: string,
  { registry, clock }: Pick<ConsentPorts, "registry" | "clock">,
): ConsentClient | undefined {
  const named = clientId.startsWith("https://")
    ? registry.agents().find(({ id }) => hasDocument(registry.agent(id), clientId))?.id
    : clientId;
  const agent = named === undefined ? undefined : registry.agent(named);
  if (agent?.state !== "active" || agent.expires * 1000 <= clock.nowMs()) return undefined;
  const binding = bindingOf(agent, clientId);
  return { agent, ...(binding === undefined ? {} : { binding }) };
}

function hasDocument(agent: AgentRecord | undefined, clientId: string): boolean {
  return agent?.bindings.some((rule) => "client_id" in rule && rule.client_id === clientId) === true;
}

/** What the provider is told of a client under an agent's own id. All are public: a key is proven at our own door. */
export function metadataOf(clientId: string, { agent, binding }: ConsentClient): ClientMetadata {
  const redirects = binding !== undefined && "redirect_uris" in binding ? [...binding.redirect_uris] : [];
  const isWeb = redirects.every((uri) => uri.startsWith("https:"));
  return {
    client_id: clientId,
    client_name: agent.id,
    application_type: isWeb ? "web" : "native",
    token_endpoint_auth_method: "none",
    redirect_uris: redirects,
    response_types: redirects.length === 0 ? [] : ["code"],
    grant_types: redirects.length === 0 ? ["refresh_token", CIBA_GRANT] : [...CONSENT_GRANTS],
    backchannel_token_delivery_mode: "poll",
    id_token_signed_response_alg: "ES256",
  };
}
