import type {
  AgentRecord,
  AgentSpec,
  IssuerSpec,
  RegistryDocument,
  ServerSpec,
  SettingsSpec,
} from "@narrowgate/contracts";
import { checkTier } from "./check-tier.ts";
import { expandCeiling, type Reach } from "./expand-ceiling.ts";
import type { RegistryPorts } from "./ports.ts";
import { Problems, type Refused } from "./problems.ts";
import type { RegistryTable } from "./registry-table.ts";
import { serverSpec } from "./specs.ts";

/** What the registry shall hold of what the document names. */
export interface Wanted {
  readonly kind: "wanted";
  readonly agents: readonly AgentSpec[];
  readonly servers: readonly ServerSpec[];
  readonly issuers: readonly IssuerSpec[];
  readonly settings: SettingsSpec;
}

/** What a document is read against. */
export interface Surroundings {
  readonly table: RegistryTable;
  readonly baseUrl: string;
  readonly nowMs: number;
  /** What the document does not name goes, and can be named by nothing in it. */
  readonly prune: boolean;
  readonly isolationFault: RegistryPorts["isolationFault"];
}

const samePerson = (a: string, b: string): boolean =>
  a.trim().toLowerCase().normalize("NFKC") === b.trim().toLowerCase().normalize("NFKC");

function checkPeople({ owner, deputy }: AgentSpec, path: string, problems: Problems): void {
  for (const [member, value] of [
    ["owner", owner],
    ["deputy", deputy],
  ] as const) {
    if (value.trim() === "") problems.add(`${path}/${member}`, "malformed_input", "must name a person");
  }
  if (samePerson(owner, deputy)) {
    problems.add(`${path}/deputy`, "malformed_input", "is the owner; name another person");
  }
}

function checkLife(agent: AgentSpec, path: string, { table, nowMs }: Surroundings, problems: Problems): void {
  const known = table.agent(agent.id);
  if (known?.state === "retired") {
    problems.add(`${path}/id`, "conflict", "was retired; an id is never given again");
  }
  // An agent that has run out meanwhile does not keep the rest of the file from being applied.
  if (agent.expires * 1000 <= nowMs && known?.expires !== agent.expires) {
    problems.add(`${path}/expires`, "malformed_input", "is in the past");
  }
}

function checkBindings(
  agent: AgentSpec,
  path: string,
  issuer: (url: string) => IssuerSpec | undefined,
  problems: Problems,
): void {
  agent.bindings.forEach((binding, i) => {
    if (binding.method !== "oidc" || issuer(binding.issuer)?.uses.includes("workload") === true) return;
    const message = "names no issuer that is registered for workloads";
    problems.add(`${path}/bindings/${i}/issuer`, "malformed_input", message);
  });
}

const isOpen = ({ bindings }: Pick<AgentSpec, "bindings">): boolean =>
  bindings.some((binding) => "registration" in binding);

/** Clients that register themselves name no agent, so there is one that they act as, at most. */
function checkRegistration(
  { agents }: RegistryDocument,
  { table, prune }: Surroundings,
  problems: Problems,
): void {
  const open = agents.flatMap((agent, i) => (isOpen(agent) ? [i] : []));
  if (open.length === 0) return;
  const isKept = (agent: AgentRecord): boolean =>
    agent.state !== "retired" && isOpen(agent) && !agents.some(({ id }) => id === agent.id);
  const isTaken = !prune && table.agents().some(isKept);
  for (const i of isTaken ? open : open.slice(1))
    problems.add(`/agents/${i}/bindings`, "conflict", "another agent is open to registration already");
}

function issuerFinder(
  document: RegistryDocument,
  { table, prune }: Surroundings,
): (url: string) => IssuerSpec | undefined {
  const named = new Map(document.issuers.map((issuer) => [issuer.issuer, issuer]));
  return (url) => named.get(url) ?? (prune ? undefined : table.issuer(url));
}

function reachOf(document: RegistryDocument, { table, prune, baseUrl }: Surroundings): Reach {
  const named = new Map(document.servers.map((server) => [server.id, server]));
  const registered = (id: string): ServerSpec | undefined => {
    const record = prune ? undefined : table.server(id);
    return record === undefined || record.state === "retired" ? undefined : serverSpec(record);
  };
  const serverIds = (): readonly string[] => [
    ...named.keys(),
    ...(prune ? [] : table.servers().map(({ id }) => id)),
  ];
  return { baseUrl, server: (id) => named.get(id) ?? registered(id), serverIds };
}

/**
 * Settings as they shall be: what the document says nothing of stays, unless what it does not name goes. Entitlements are
 * a matter of their own, so that a file about lifetimes does not lift what bounds people.
 */
function settingsOf(
  document: RegistryDocument,
  { table, prune }: Surroundings,
  reach: Reach,
  problems: Problems,
): SettingsSpec {
  const { entitlements: kept, ...limits } = (prune ? undefined : table.settings?.settings) ?? {};
  const isNamed = prune || Object.keys(document.settings).length > 0;
  const named = document.entitlements?.map((entitlement, i) => {
    const { authority } = entitlement;
    const expanded = expandCeiling(authority, `/entitlements/${i}/authority`, reach, problems);
    return { ...entitlement, authority: expanded ?? authority };
  });
  const entitlements = named ?? kept;
  return {
    ...(isNamed ? document.settings : limits),
    ...(entitlements === undefined ? {} : { entitlements }),
  };
}

/**
 * Checks what a document says against itself and the registry, and fills in the ceilings.
 * @returns every problem found, each naming its path
 */
export function resolveDocument(document: RegistryDocument, around: Surroundings): Wanted | Refused {
  const problems = new Problems();
  const reach = reachOf(document, around);
  const issuer = issuerFinder(document, around);
  document.servers.forEach(({ id, upstream }, i) => {
    if (around.table.server(id)?.state === "retired")
      problems.add(`/servers/${i}/id`, "conflict", "was retired; an id is never given again");
    if (upstream.transport !== "stdio" || upstream.isolation === "user") return;
    const fault = around.isolationFault(upstream);
    if (fault !== undefined) problems.add(`/servers/${i}/upstream/isolation`, "posture_refused", fault);
  });
  const agents = document.agents.map((agent, i) => {
    const path = `/agents/${i}`;
    checkPeople(agent, path, problems);
    checkLife(agent, path, around, problems);
    checkBindings(agent, path, issuer, problems);
    const ceiling = expandCeiling(agent.ceiling, `${path}/ceiling`, reach, problems);
    checkTier(agent, `${path}/ceiling`, reach, problems);
    return { ...agent, ceiling: ceiling ?? agent.ceiling };
  });
  checkRegistration(document, around, problems);
  const settings = settingsOf(document, around, reach, problems);
  if (problems.list.length > 0) return { kind: "refused", problems: problems.list };
  const { servers, issuers } = document;
  return { kind: "wanted", agents, servers, issuers, settings };
}
