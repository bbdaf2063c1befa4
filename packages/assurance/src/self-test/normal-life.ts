// LONG: one agent's life in which nothing goes wrong, told in order.

import { type JsonObject, type JsonValue, toBase64url, utf8 } from "@narrowgate/kernel";
import { authorityOver, cast, jktOf, operations, tok } from "./cast.ts";
import { digestFor, idFor, STORY_BEGINS, Story, type StoryDraft, type StoryEdit } from "./story.ts";

const dayMs = 86_400_000;
const epochs: readonly (readonly [string, number])[] = [
  [`agent:${cast.agent}`, 0],
  ["all:all", 0],
];

/** How a story differs from a normal life. */
export type StoryOptions = {
  readonly edit?: StoryEdit;
  /** What is told after it. */
  readonly more?: (story: Story) => void;
};

/** Tells a normal life: registration, release, a task with a hand-off, calls, an approval, an agent that retires. */
export function normalLife({ edit, more }: StoryOptions = {}): Story {
  const story = new Story(edit);
  tellPlane(story);
  tellPeople(story);
  tellRelease(story);
  tellTask(story);
  tellApprovedCall(story);
  tellEnd(story);
  more?.(story);
  return story;
}

function tellPlane(story: Story): void {
  story.tell("genesis", {
    type: "genesis",
    body: { origin_digest: digestFor(cast.origin), environment: "prod", log_key: digestFor("log key") },
  });
  story.tell("key", { type: "key", body: { action: "added", purpose: "token", kid: "k1" } });
  story.tell("operator", {
    type: "operator",
    body: { action: "enrolled", operator: cast.operator, jkt: jktOf("ada") },
    content: { name: "Ada" },
  });
  story.tell("policy", {
    type: "policy",
    body: { digest: cast.policy, procedure: cast.procedure, operator: cast.operator },
    proof: { request: "signed" },
    content: { bundle: { files: [], schema: {} } },
  });
  story.tell("server", registration("server", cast.server, serverDocument()));
  story.tell("settings", registration("settings", idFor("settings ref"), settingsDocument()));
  story.tell("agent", registration("agent", cast.agent, agentDocument("triage", ["fetcher"])));
  story.tell("helper", registration("agent", cast.helper, agentDocument("fetcher", [])));
}

/** An operator's registration. */
export function registration(
  kind: string,
  ref: string,
  document: JsonObject,
  action = "created",
): StoryDraft {
  const body = { action, kind, ref, version: 1, operator: cast.operator };
  return { type: "registry", body, proof: { request: "signed" }, content: { document } };
}

function serverDocument(): JsonObject {
  const store = { dataClass: "internal", untrusted: false };
  const upstream = { transport: "http", url: "http://127.0.0.1:9000/mcp", auth: "none" };
  return { id: "files", upstream, tools: [...operations], prompts: [], resources: [], store };
}

function settingsDocument(): JsonObject {
  const authority = authorityOver(["read_text", "write_text", "send_money"], 4);
  return { entitlements: [{ group: "support", authority }] };
}

/** What the registry says of an agent. */
export function agentDocument(id: string, delegates: readonly string[]): JsonObject {
  return {
    id,
    owner: "owner",
    deputy: "deputy",
    purpose: "answers tickets",
    tier: "T3",
    expires: (STORY_BEGINS + 60 * dayMs) / 1000,
    delegates: [...delegates],
    ceiling: authorityOver(["read_text", "write_text", "send_money"]),
    bindings: [],
  };
}

function tellPeople(story: Story): void {
  tellPerson(story, "owner", cast.owner, ["owner"]);
  tellPerson(story, "deputy", cast.deputy, ["owner"]);
  tellPerson(story, "approver", cast.approver, ["approver"]);
  for (const [role, person] of Object.entries(cast.signers)) tellPerson(story, role, person, [role]);
}

function tellPerson(story: Story, name: string, person: string, roles: readonly string[]): void {
  story.tell(`person ${name}`, {
    type: "person",
    body: { action: "enrolled", person, roles: [...roles], operator: cast.operator },
    content: { name, identities: [] },
  });
  story.tell(`passkey ${name}`, {
    type: "person",
    body: {
      action: "credential_added",
      person,
      credential: digestFor(`passkey ${name}`),
      authenticator: "virtual",
    },
    content: { rp_id: "approve.example" },
  });
}

/** What every leaf about the release says. */
export const releaseBody: JsonObject = {
  proposal: cast.proposal,
  release: cast.release,
  deployment: cast.deployment,
  profile: digestFor("profile"),
  readiness: idFor("evaluation"),
};

function tellRelease(story: Story): void {
  const agent = cast.agent;
  story.tell("proposed", {
    type: "release",
    agent,
    body: {
      ...releaseBody,
      action: "proposed",
      operator: cast.operator,
      not_after: STORY_BEGINS + 7 * dayMs,
    },
    content: { diff: {} },
  });
  for (const [role, person] of Object.entries(cast.signers))
    story.tell(`signed ${role}`, {
      type: "release",
      agent,
      body: { ...releaseBody, action: "signed", person, credential: digestFor(`passkey ${role}`), role },
      proof: { statement: "s", client_data: "c", authenticator_data: "a", signature: "s" },
    });
  story.tell("activated", {
    type: "release",
    agent,
    body: { ...releaseBody, action: "activated", operator: cast.operator },
  });
}

function tellTask(story: Story): void {
  const { agent, txn, mandate } = cast;
  story.tell("attestation", {
    type: "attestation",
    agent,
    body: { verdict: "accepted", method: "enrolment", instance: cast.instance, jkt: jktOf("triage") },
  });
  story.tell("attestation helper", {
    type: "attestation",
    agent: cast.helper,
    body: { verdict: "accepted", method: "enrolment", instance: cast.helperInstance, jkt: jktOf("fetcher") },
  });
  story.tell("mandate", {
    type: "mandate",
    agent,
    txn,
    body: {
      action: "opened",
      mandate,
      subject: idFor("subject"),
      basis: "signed_by_subject",
      digest: digestFor("mandate"),
      expires: STORY_BEGINS + 3_600_000,
    },
    content: { document: mandateDocument(), entitlements: idFor("settings"), groups: ["support"] },
  });
  tellToken(story, { name: "root", agent, tools: ["read_text", "write_text", "send_money"] });
  tellToken(story, { name: "child", agent: cast.helper, tools: ["read_text"], parent: "root", depth: 1 });
  tellOwnToken(story);
  tellList(story);
  tellCall(story, { name: "read", token: "root", tool: "read_text" });
  tellCall(story, { name: "write", token: "root", tool: "write_text" });
  tellCall(story, { name: "helped", token: "child", tool: "read_text", agent: cast.helper });
}

/** What the subject handed over. */
export function mandateDocument(): JsonObject {
  return {
    v: 1,
    salt: idFor("salt"),
    agent: "triage",
    subject: "https://idp.example#grace",
    purpose: "answer ticket 4711",
    intent: { case: "4711" },
    authority: authorityOver(["read_text", "write_text", "send_money"]),
    expires: (STORY_BEGINS + 3_600_000) / 1000,
    idleSeconds: 900,
  };
}

/** A token that is minted in a story. */
export type ToldToken = {
  readonly name: string;
  readonly agent: string;
  readonly tools: readonly string[];
  readonly parent?: string;
  readonly depth?: number;
  readonly key?: string;
};

/** Claims as they are signed, as far as controls look. */
function claimsOf({ name, agent, parent, key = agent }: ToldToken): JsonObject {
  const first = { iss: cast.issuer, sub: cast.agent === agent ? "triage" : "fetcher" };
  const before = { iss: cast.issuer, sub: "triage" };
  return {
    iss: cast.issuer,
    aud: `${cast.issuer}/mcp/files`,
    sub: "https://idp.example#grace",
    sub_profile: "user",
    client_id: "triage",
    txn: cast.txn,
    act: parent === undefined ? first : { ...first, act: before },
    cnf: { jkt: jktOf(key === cast.agent ? "triage" : "fetcher") },
    ng: { v: 1, env: "prod", mandate: cast.mandate },
    jti: name,
  };
}

function encoded(value: JsonObject): string {
  return toBase64url(utf8(JSON.stringify(value)));
}

/** Tells a permit to mint, and the token. */
export function tellToken(story: Story, told: ToldToken): void {
  const { name, agent, tools, parent, depth = 2 } = told;
  const { txn, mandate, policy, procedure } = cast;
  story.tell(`mint ${name}`, {
    type: "decision",
    agent,
    txn,
    body: {
      action: parent === undefined ? "mint" : "exchange",
      verdict: "permit",
      policy,
      procedure,
      feed: 0,
      ...(parent === undefined ? {} : { token: tok(parent) }),
      use: digestFor(`use ${name}`),
      mandate,
      instance: agent === cast.agent ? cast.instance : cast.helperInstance,
    },
    inputs: [{ path: "/context/mandate", value: { purpose: "answer ticket 4711" }, from: { by: "gate" } }],
  });
  const pairs = [...epochs, [`agent:${agent}`, 0] as const, [`mandate:${mandate}`, 0] as const];
  const release = agent === cast.agent ? [[`release:${cast.deployment}`, 0] as const] : [];
  story.tell(`token ${name}`, {
    type: "token",
    agent,
    txn,
    body: {
      decision: idFor(`mint ${name}`),
      token: tok(name),
      digest: digestFor(`jws ${name}`),
      ...(parent === undefined ? {} : { parent: tok(parent) }),
      mode: parent === undefined ? "root" : "rebind",
      jkt: jktOf(agent === cast.agent ? "triage" : "fetcher"),
      expires_s: Math.floor(story.now / 1000) + (parent === undefined ? 600 : 300),
      epochs: sortedPairs([...pairs, ...release]),
    },
    content: { requested: {}, granted: authorityOver(tools, depth) },
    proof: { signing_input: `${encoded({ alg: "ES256" })}.${encoded(claimsOf(told))}` },
  });
}

function sortedPairs(pairs: readonly (readonly [string, number])[]): JsonValue[] {
  return [...new Map(pairs)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, n]) => [name, n]);
}

/** A call that is made in a story. */
export type ToldCall = {
  readonly name: string;
  readonly token: string;
  readonly tool: string;
  readonly agent?: string;
  readonly approvals?: readonly JsonObject[];
  readonly untrusted?: boolean;
  /** Milliseconds after the leaf before. */
  readonly after?: number;
};

/** Tells a permitted call: decision, dispatch, outcome. */
export function tellCall(story: Story, told: ToldCall): void {
  const { name, token, agent = cast.agent, after = 10 } = told;
  const { txn, mandate, policy, procedure } = cast;
  const instance = agent === cast.agent ? cast.instance : cast.helperInstance;
  story.tell(`decide ${name}`, {
    type: "decision",
    after,
    agent,
    txn,
    body: {
      action: "call",
      verdict: "permit",
      policy,
      procedure,
      feed: 0,
      token: tok(token),
      use: digestFor(`use call ${name}`),
      mandate,
      instance,
    },
    proof: { token: "jws", dpop: "jws", htm: "POST", htu: `${cast.issuer}/mcp/files` },
    inputs: callInputs(told, agent),
    content: { request: { method: "tools/call" }, policies: ["p"], reason: "" },
  });
  story.tell(`dispatch ${name}`, {
    type: "dispatch",
    agent,
    txn,
    body: { decision: idFor(`decide ${name}`), server: cast.server, digest: digestFor(`bytes ${name}`) },
    content: { bytes: "e30", bytes_salt: idFor("salt") },
  });
  story.tell(`outcome ${name}`, {
    type: "outcome",
    agent,
    txn,
    body: { decision: idFor(`decide ${name}`), status: "ok", held_ms: 1 },
    content: { bytes: "e30", bytes_salt: idFor("salt") },
  });
}

/** Inputs of a call, in order of path. */
export function callInputs(
  { tool, approvals = [], untrusted = false }: Pick<ToldCall, "tool" | "approvals" | "untrusted">,
  agent: string,
): readonly JsonObject[] {
  const from = { by: "gate" };
  const name = agent === cast.agent ? "triage" : "fetcher";
  const label = { class: "internal", untrusted };
  const requirements = approvals.map(({ requirement }) => requirement ?? null);
  const values: readonly (readonly [string, JsonValue])[] = [
    ["/action", { type: "Action", id: "call_tool" }],
    ...(approvals.length === 0 ? [] : [["/approvals", [...approvals]] as const]),
    ["/authority", authorityOver([tool])],
    ["/call", { kind: "tool", server: "files", name: tool, dataClass: "internal", scope: "files:read" }],
    ["/context/actors", name === "triage" ? ["triage"] : ["fetcher", "triage"]],
    ["/context/approvals", requirements],
    ["/context/args", { path: "/tickets/1" }],
    ["/context/entitlements", { tools: ["files/*"] }],
    ["/context/env", "prod"],
    ["/context/mandate", { purpose: "answer ticket 4711" }],
    ["/context/subject", { id: "https://idp.example#grace" }],
    ["/context/txn", cast.txn],
    ["/labels/declared", { class: "internal", untrusted: false }],
    ["/labels/instance", label],
    ["/labels/transaction", label],
    ["/pin/approved", digestFor(`pin ${tool}`)],
    ["/pin/current", digestFor(`pin ${tool}`)],
    ["/principal", { type: "Agent", id: name }],
    ["/resource", { type: "Tool", id: `files/${tool}` }],
  ];
  return values.map(([path, value]) => ({ from, path, value }));
}

/** Tells what an agent may see: a permit without inputs, since nothing is asked but its authority. */
function tellList(story: Story): void {
  const { agent, txn, mandate, policy, procedure, instance } = cast;
  const rules = { policy, procedure, feed: 0 };
  const presented = { token: tok("root"), use: digestFor("use list"), mandate, instance };
  story.tell("decide list", {
    type: "decision",
    agent,
    txn,
    body: { action: "list", verdict: "permit", ...rules, ...presented },
    content: { request: { method: "tools/list" }, policies: [], reason: "" },
  });
  const decision = idFor("decide list");
  const sent = { decision, server: cast.server, digest: digestFor("bytes list") };
  story.tell("dispatch list", { type: "dispatch", agent, txn, body: sent });
  story.tell("outcome list", { type: "outcome", agent, txn, body: { decision, status: "ok", held_ms: 1 } });
}

/** Tells the gate's token for its own conversation with a server. */
function tellOwnToken(story: Story): void {
  const { policy, procedure } = cast;
  story.tell("mint own", {
    type: "decision",
    body: { action: "mint", verdict: "permit", policy, procedure, feed: 0 },
    content: { request: { target: "upstream" }, policies: [], reason: "" },
  });
  story.tell("token own", {
    type: "token",
    body: {
      decision: idFor("mint own"),
      token: tok("own"),
      digest: digestFor("jws own"),
      mode: "root",
      jkt: digestFor("key of the gate"),
      expires_s: Math.floor(story.now / 1000) + 300,
      epochs: [],
    },
    proof: { signing_input: `${encoded({ alg: "ES256" })}.${encoded({ iss: cast.issuer, jti: "own" })}` },
  });
}

function tellApprovedCall(story: Story): void {
  const { agent, txn, policy, procedure, mandate, instance } = cast;
  story.tell("refuse send", {
    type: "decision",
    agent,
    txn,
    body: {
      action: "call",
      verdict: "refuse",
      code: "approval_required",
      policy,
      procedure,
      feed: 0,
      token: tok("root"),
      use: digestFor("use refuse send"),
      mandate,
      instance,
    },
    inputs: callInputs({ tool: "send_money" }, agent),
    content: { request: { method: "tools/call" }, policies: [], reason: "", requires: ["approver#1"] },
  });
  const approval = { approval: idFor("approval"), kind: "call", digest: digestFor("action") };
  story.tell("requested", {
    type: "approval",
    agent,
    txn,
    body: {
      ...approval,
      action: "requested",
      requires: ["approver#1"],
      decision: idFor("refuse send"),
      not_after: STORY_BEGINS + 900_000,
    },
    content: { action: {}, rendered: [] },
  });
  story.tell("approved", {
    type: "approval",
    agent,
    txn,
    after: 20_000,
    body: {
      ...approval,
      action: "approved",
      person: cast.approver,
      credential: digestFor("passkey approver"),
      role: "approver",
      slot: 1,
    },
    proof: { statement: "s", client_data: "c", authenticator_data: "a", signature: "s" },
    content: { rendered: [], name: "approver" },
  });
  const approvals = [{ entry: idFor("approved"), requirement: "approver#1" }];
  tellCall(story, { name: "send", token: "root", tool: "send_money", approvals });
}

function tellEnd(story: Story): void {
  const { agent, txn, mandate } = cast;
  story.tell("closed", {
    type: "mandate",
    agent,
    txn,
    body: {
      action: "closed",
      mandate,
      subject: idFor("subject"),
      basis: "signed_by_subject",
      digest: digestFor("mandate"),
      expires: STORY_BEGINS + 3_600_000,
    },
  });
  story.tell("closing", { type: "closing", txn, body: { entries: 12 } });
  story.tell("revoked", {
    type: "revocation",
    body: { feed: 1, kind: "agent", id: cast.helper, epoch: 1, by: "operator", operator: cast.operator },
    proof: { request: "signed" },
    content: { reason: "no longer needed" },
  });
  story.tell("retired", registration("agent", cast.helper, agentDocument("fetcher", []), "retired"));
}
