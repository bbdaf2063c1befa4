import type { AgentRecord, WorkloadBinding } from "@narrowgate/contracts";
import type { ClientMetadata } from "oidc-provider";
import type { ConsentPorts } from "./ports.ts";
import { isRegisteredId, type RegisteredClient, readRegistered } from "./registered-clients.ts";

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
  /** What the client says of itself, where it registered itself. */
  readonly registered?: RegisteredClient;
}

type ClientPorts = Pick<ConsentPorts, "registry" | "clock">;

/** Which agents stand behind clients that are not known by an agent's id; worked out once for each state of the registry. */
interface ClientIndex {
  readonly revision: number;
  /** Agent ids by the address of a metadata document. */
  readonly byDocument: ReadonlyMap<string, string>;
  /** The agent that is open to registration. */
  readonly open: string | undefined;
}

const indexes = new WeakMap<ConsentPorts["registry"], ClientIndex>();

function rulesOf(registry: ConsentPorts["registry"]): readonly (readonly [agent: string, WorkloadBinding])[] {
  return registry
    .agents()
    .filter(({ state }) => state !== "retired")
    .flatMap(({ id, bindings }) => bindings.map((rule) => [id, rule] as const));
}

function indexOf(registry: ConsentPorts["registry"]): ClientIndex {
  const known = indexes.get(registry);
  const revision = registry.revision();
  if (known?.revision === revision) return known;
  const rules = rulesOf(registry);
  const documents = rules.flatMap(([id, rule]) =>
    "client_id" in rule ? [[rule.client_id, id] as const] : [],
  );
  // Of two agents with one document the first is meant.
  const byDocument = new Map(documents.reverse());
  const [open] = rules.find(([, rule]) => "registration" in rule) ?? [];
  const made = { revision, byDocument, open };
  indexes.set(registry, made);
  return made;
}

function agentIdOf(clientId: string, registry: ConsentPorts["registry"]): string | undefined {
  if (isRegisteredId(clientId)) return indexOf(registry).open;
  return clientId.startsWith("https://") ? indexOf(registry).byDocument.get(clientId) : clientId;
}

function isRuleOf(rule: WorkloadBinding, agent: AgentRecord, clientId: string): rule is Consenting {
  if (rule.method !== "consent") return false;
  if ("registration" in rule) return isRegisteredId(clientId);
  return "client_id" in rule ? rule.client_id === clientId : agent.id === clientId;
}

function activeAgent(id: string | undefined, { registry, clock }: ClientPorts): AgentRecord | undefined {
  const agent = id === undefined ? undefined : registry.agent(id);
  return agent?.state === "active" && agent.expires * 1000 > clock.nowMs() ? agent : undefined;
}

/**
 * The agent a client id stands for: its own id, the address of a metadata document it is registered with, or the id of a
 * client that registered itself. Suspended and expired agents are none. Trust: `clientId` is attacker-controlled.
 */
export function clientOf(clientId: string, ports: ClientPorts): ConsentClient | undefined {
  const agent = activeAgent(agentIdOf(clientId, ports.registry), ports);
  const registered = readRegistered(clientId);
  if (agent === undefined || (registered === undefined && isRegisteredId(clientId))) return undefined;
  const binding = agent.bindings.find((rule): rule is Consenting => isRuleOf(rule, agent, clientId));
  return {
    agent,
    ...(binding === undefined ? {} : { binding }),
    ...(registered === undefined ? {} : { registered }),
  };
}

/** Whether clients may register themselves: an agent is open to it, and active. */
export function isOpenToRegistration(ports: ClientPorts): boolean {
  return activeAgent(indexOf(ports.registry).open, ports) !== undefined;
}

function redirectsOf({ binding, registered }: ConsentClient): readonly string[] {
  if (registered !== undefined) return registered.redirectUris;
  return binding !== undefined && "redirect_uris" in binding ? binding.redirect_uris : [];
}

function grantsOf(redirects: readonly string[], { registered }: ConsentClient): readonly string[] {
  // Nobody vouches for who registered itself: it does not get to write to people beside the browser.
  if (registered !== undefined) return ["authorization_code", "refresh_token"];
  return redirects.length === 0 ? ["refresh_token", CIBA_GRANT] : CONSENT_GRANTS;
}

/** What the provider is told of a client without a metadata document. All are public: a key is proven at our own door. */
export function metadataOf(clientId: string, client: ConsentClient): ClientMetadata {
  const redirects = redirectsOf(client);
  const isWeb = redirects.every((uri) => uri.startsWith("https:"));
  return {
    client_id: clientId,
    client_name: client.agent.id,
    application_type: isWeb ? "web" : "native",
    token_endpoint_auth_method: "none",
    redirect_uris: [...redirects],
    response_types: redirects.length === 0 ? [] : ["code"],
    grant_types: [...grantsOf(redirects, client)],
    backchannel_token_delivery_mode: "poll",
    id_token_signed_response_alg: "ES256",
  };
}
