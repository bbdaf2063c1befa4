import {
  type AgentRecord,
  type Pilot,
  type PilotDefinition,
  type ReleaseManifest,
  releaseDigest,
  type ServerRecord,
  type ToolRecord,
} from "@narrowgate/contracts";
import { type JsonObject, type JsonValue, NarrowgateError } from "@narrowgate/kernel";
import { policiesFor } from "@narrowgate/policy";
import { ruleJson } from "../admin/describe-records.ts";
import { objectWithoutIssuer } from "../assurance/releases/index.ts";
import { nodeSha256 } from "../platform/crypto-hash/sha256.ts";
import type { Instance } from "./instance.ts";
import { standingOf } from "./release-standing.ts";

/** How long back its traffic is looked at. */
const WINDOW_MS = 30 * 24 * 3_600_000;
const KINDS = ["tool", "prompt", "resource"] as const;

type Kind = PilotDefinition["kind"];
const lists = ({ tools, prompts, resources }: ServerRecord): readonly [Kind, readonly ToolRecord[]][] => [
  ["tool", tools],
  ["prompt", prompts],
  ["resource", resources],
];

/** An operation in the names of the registry file. */
function operationJson(
  kind: Kind,
  { name, dataClass, sanitisedOutput, pin: _, ...rest }: ToolRecord,
): JsonObject {
  return {
    ...(kind === "resource" ? { prefix: name } : { name }),
    data_class: dataClass,
    ...(sanitisedOutput === undefined ? {} : { sanitised_output: { ...sanitisedOutput } }),
    ...rest,
  };
}

function serverJson(server: ServerRecord): JsonObject {
  const { id, store, responseRules, allowUpstreamRequests } = server;
  const operations = lists(server).map(([kind, records]): [string, JsonValue] => [
    `${kind}s`,
    records.map((record) => operationJson(kind, record)),
  ]);
  return {
    id,
    ...Object.fromEntries(operations),
    ...(store === undefined ? {} : { store: { data_class: store.dataClass, untrusted: store.untrusted } }),
    ...(responseRules === undefined ? {} : { response_rules: responseRules.map(ruleJson) }),
    ...(allowUpstreamRequests.length === 0 ? {} : { allow_upstream_requests: allowUpstreamRequests }),
  };
}

function definitionsOf(server: ServerRecord): readonly PilotDefinition[] {
  return lists(server).flatMap(([kind, records]) =>
    records.flatMap(({ name, pin }) =>
      pin === undefined ? [] : [{ server: server.id, kind, name, definition: pin.definition }],
    ),
  );
}

/** The agent, and whoever may work for it, however far down. */
function withDelegates({ registry }: Pick<Instance, "registry">, agent: AgentRecord): readonly AgentRecord[] {
  const found = new Map([[agent.id, agent]]);
  // A map takes what is added while it is walked.
  for (const { delegates } of found.values())
    for (const id of delegates) {
      const delegate = registry.agent(id);
      if (delegate !== undefined) found.set(id, delegate);
    }
  return [...found.values()];
}

/** In the names of the registry file; who is bound to it is left out, for nobody of here runs elsewhere. */
function agentJson({
  id,
  owner,
  deputy,
  purpose,
  tier,
  expires,
  delegates,
  ceiling,
}: AgentRecord): JsonObject {
  return { id, owner, deputy, purpose, tier, expires, delegates: [...delegates], ceiling };
}

function policiesOf({ policies }: Instance, agents: readonly AgentRecord[]): readonly string[] {
  const inside = policies.current().compiled.inside();
  const texts = agents.flatMap(({ id }) =>
    policiesFor(inside, { type: "Agent", id }).map(({ text }) => text),
  );
  return [...new Set(texts)].sort();
}

function isKind(word: string | undefined): word is Kind {
  return KINDS.some((kind) => kind === word);
}

async function recordOf({ clock, evaluations }: Instance, { ref }: AgentRecord): Promise<Pilot["record"]> {
  const to = clock.nowMs();
  const window = { from: to - WINDOW_MS, to };
  const { calls, used, busiestMinute } = await evaluations.seen(ref, window);
  const operations = used.flatMap(({ name: whole, calls: times }) => {
    const [server = "", kind, ...name] = whole.split("/");
    return isKind(kind) ? [{ server, kind, name: name.join("/"), calls: times }] : [];
  });
  return { ...window, calls, busiest_minute: busiestMinute, used: operations };
}

/** Introduces the pilot of a drill to the admin API: everything that an agent's release is made of. */
export function pilotsOf(
  instance: Instance,
): (id: string, stated?: Pick<ReleaseManifest, "attested" | "declared">) => Promise<Pilot> {
  const standing = standingOf(instance, instance);
  return async (id, stated) => {
    const { config, registry } = instance;
    const agent = registry.agent(id);
    if (agent === undefined) throw new NarrowgateError("not_found", "there is no such agent");
    const record = await recordOf(instance, agent);
    // ORDER: from here on in one turn, so that all of it is of one moment.
    const said = stated ?? instance.releases.active(agent)?.manifest ?? { attested: [], declared: {} };
    const { manifest } = standing(agent, { attested: said.attested, declared: said.declared });
    const agents = withDelegates(instance, agent);
    const servers = registry.servers().filter(({ state }) => state !== "retired");
    const rules = registry.entitlements()?.rules;
    const neutral = (list: readonly JsonObject[]): readonly JsonObject[] =>
      list.map((item) => objectWithoutIssuer({ ...item }, config.baseUrl));
    return {
      format: "narrowgate-pilot/1",
      agent: id,
      release: releaseDigest(nodeSha256, manifest),
      manifest,
      agents: neutral(agents.map(agentJson)),
      servers: servers.map(serverJson),
      definitions: servers.flatMap(definitionsOf),
      ...(rules === undefined ? {} : { entitlements: neutral(rules.map((rule) => ({ ...rule }))) }),
      policies: policiesOf(instance, agents),
      record,
    };
  };
}
