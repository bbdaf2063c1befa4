import {
  type AgentRecord,
  type EntitlementSpec,
  type ReleasedTool,
  type ReleaseManifest,
  responseRuleDigest,
  type ServerRecord,
  type ToolRecord,
} from "@narrowgate/contracts";
import { canonicalJson, type JsonObject, type JsonValue, utf8 } from "@narrowgate/kernel";
import { ceilingReach } from "@narrowgate/policy/analysis";
import { nodeSha256, sha256Base64url } from "../../platform/crypto-hash/sha256.ts";

/** What an agent is, wherever that is registered, and what its author and platforms say of it. */
export interface ManifestSource {
  /** External base URL, without a trailing slash. */
  readonly issuer: string;
  readonly agent: AgentRecord;
  readonly servers: readonly ServerRecord[];
  /** Texts of the policies that can apply to the agent. */
  readonly policies: readonly string[];
  /** Digest of the decision procedure. */
  readonly procedure: string;
  readonly entitlements?: readonly EntitlementSpec[];
  readonly attested: ReleaseManifest["attested"];
  readonly declared: ReleaseManifest["declared"];
}

const issuerWord = "{issuer}";

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Texts that begin with our own address say `{issuer}` instead: the same ceiling reads the same in every environment. */
function withoutIssuer(value: JsonValue, issuer: string): JsonValue {
  if (typeof value === "string") {
    const isOurs = value === issuer || value.startsWith(`${issuer}/`);
    return isOurs ? issuerWord + value.slice(issuer.length) : value;
  }
  if (isObject(value)) return objectWithoutIssuer(value, issuer);
  return Array.isArray(value) ? value.map((item: JsonValue) => withoutIssuer(item, issuer)) : value;
}

/** An object in which `{issuer}` stands for our own address wherever a text begins with it. @param issuer - without a trailing slash */
export function objectWithoutIssuer(value: JsonObject, issuer: string): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withoutIssuer(item, issuer)]));
}

function digestOf(value: JsonValue): string {
  return sha256Base64url(utf8(canonicalJson(value)));
}

/** What every operation of a server shares: what it reads of a store it may carry, and what the server may ask meanwhile. */
function ofServer({ store, allowUpstreamRequests }: ServerRecord): Pick<ReleasedTool, "store" | "asks"> {
  return {
    ...(store === undefined ? {} : { store: { dataClass: store.dataClass, untrusted: store.untrusted } }),
    ...(allowUpstreamRequests.length === 0 ? {} : { asks: [...new Set(allowUpstreamRequests)].sort() }),
  };
}

/**
 * An operation as it is released.
 * INVARIANT: all that is registered of it is in it; what nobody signs could be changed behind the backs of the four.
 */
function released(server: ServerRecord, kind: ReleasedTool["kind"], record: ToolRecord): ReleasedTool {
  const { untrusted, amount, rows, sanitisedOutput, pin, ...required } = record;
  return {
    server: server.id,
    kind,
    ...required,
    ...(untrusted === undefined ? {} : { untrusted }),
    ...(amount === undefined ? {} : { amount }),
    ...(rows === undefined ? {} : { rows }),
    ...(sanitisedOutput === undefined ? {} : { sanitised: digestOf(sanitisedOutput) }),
    ...ofServer(server),
    ...(pin === undefined ? {} : { pin: pin.digest }),
  };
}

const sortKey = ({ server, kind, name }: ReleasedTool): string => `${server}\u0000${kind}\u0000${name}`;

/** The registered operations that the ceiling reaches, whatever their arguments. */
export function releasedTools(agent: AgentRecord, servers: readonly ServerRecord[]): readonly ReleasedTool[] {
  const reaches = ceilingReach({ agents: [agent], servers });
  const of = (
    server: ServerRecord,
    kind: ReleasedTool["kind"],
    type: string,
    records: readonly ToolRecord[],
  ) =>
    records
      .filter(({ name }) => reaches(agent.id, { type, id: `${server.id}/${name}` }))
      .map((record) => released(server, kind, record));
  return servers
    .flatMap((server) => [
      ...of(server, "prompt", "Prompt", server.prompts),
      ...of(server, "resource", "Resource", server.resources),
      ...of(server, "tool", "Tool", server.tools),
    ])
    .sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

function ruleDigests(servers: readonly ServerRecord[], tools: readonly ReleasedTool[]): readonly string[] {
  const reached = new Set(tools.map(({ server }) => server));
  const rules = servers
    .filter(({ id }) => reached.has(id))
    .flatMap(({ id, responseRules = [] }) =>
      responseRules.map((rule) => responseRuleDigest(nodeSha256, id, rule)),
    );
  return [...new Set(rules)].sort();
}

/**
 * What would be released, as things stand: nothing in it is of this instance.
 * @see docs/spec/release.md R-1
 */
export function buildManifest(source: ManifestSource): ReleaseManifest {
  const { agent, entitlements, issuer, policies, servers } = source;
  const tools = releasedTools(agent, servers);
  return {
    v: 1,
    agent: {
      id: agent.id,
      purpose: agent.purpose,
      tier: agent.tier,
      delegates: [...new Set(agent.delegates)].sort(),
    },
    ceiling: objectWithoutIssuer(agent.ceiling, issuer),
    tools,
    policies: [...new Set(policies.map((text) => sha256Base64url(text)))].sort(),
    ...(entitlements === undefined
      ? {}
      : { entitlements: digestOf(entitlements.map((rule) => objectWithoutIssuer({ ...rule }, issuer))) }),
    response_rules: ruleDigests(servers, tools),
    procedure: source.procedure,
    brokers: [],
    attested: source.attested,
    declared: source.declared,
  };
}
