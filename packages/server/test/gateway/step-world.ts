import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import type {
  AccessTokenClaims,
  AgentRecord,
  EpochPair,
  MandateRecord,
  ServerRecord,
  StateReader,
  ToolRecord,
} from "@narrowgate/contracts";
import {
  canonicalJson,
  type JsonObject,
  type JsonValue,
  type ManualClock,
  manualClock,
  randomId,
  utf8,
} from "@narrowgate/kernel";
import { flowInGateway } from "../../src/compose/flow-ports.ts";
import { type Flow, openFlow } from "../../src/flow/index.ts";
import { digestOf, digestOfJson } from "../../src/gateway/digest.ts";
import { readHeaders } from "../../src/gateway/http/read-headers.ts";
import { defaultLimits, type GatewayLimits } from "../../src/gateway/limits.ts";
import { createSessions } from "../../src/gateway/mcp/sessions.ts";
import type { LiveDefinition, LiveDefinitions } from "../../src/gateway/pins/live-definitions.ts";
import type {
  ApprovalDesk,
  CallQuestion,
  CallVerdict,
  CutToken,
  GatewayDeps,
  GatewayReports,
  PortRefusal,
  UpstreamCall,
} from "../../src/gateway/ports.ts";
import type { GatewayRoom } from "../../src/gateway/room.ts";
import { createCallLedger } from "../../src/gateway/spend/call-ledger.ts";
import type {
  Authenticated,
  Caller,
  Decided,
  Exchange,
  Operation,
  Resolved,
  RpcRequest,
} from "../../src/gateway/stages.ts";
import { createRefusalBudget } from "../../src/gateway/steps/refusal-budget.ts";
import { createLiveStreams } from "../../src/gateway/streams/live-streams.ts";
import { createShares } from "../../src/gateway/streams/shares.ts";
import type {
  Era,
  SendOptions,
  Upstream,
  UpstreamFacts,
  UpstreamReply,
} from "../../src/gateway/upstream/upstream.ts";
import { createTestLog, type TestLog } from "./evidence-log.ts";
import { operation } from "./registered-operation.ts";

export const NOW_S = 1_795_000_000;
export const BASE = "https://gate.example";
export const URL_OF_FILES = `${BASE}/mcp/files`;
export const POLICY: string = digestOf("policy");
export const PROCEDURE: string = digestOf("procedure");

/** What a server states of one of its operations. */
export function definitionOf(name: string, more: JsonObject = {}): JsonObject {
  return { name, description: `does ${name}`, inputSchema: { type: "object" }, ...more };
}

/** An approved operation. */
export function pinned(name: string, over: Partial<ToolRecord> = {}): ToolRecord {
  const definition = over.pin?.definition ?? definitionOf(name);
  return operation(name, {
    pin: { digest: digestOfJson(definition), definition, entry: randomId() },
    ...over,
  });
}

/** What was asked of a port whose order or content matters. */
export interface Asked {
  readonly port: string;
  readonly input: JsonObject;
}

type Report = Parameters<GatewayReports["report"]>[0];

/** One message to the upstream, as it left. */
export interface Sent {
  readonly message: JsonObject;
  readonly options: SendOptions;
  /** Leaves that were on record by then. */
  readonly leaves: number;
}

/**
 * What the steps of a call stand among: the room with its own parts, the evidence in its real form, and every port with
 * just enough behind it, open to change by a test.
 */
export interface StepWorld {
  readonly clock: ManualClock;
  readonly log: TestLog;
  readonly flow: Flow;
  readonly room: GatewayRoom;
  readonly epochs: Map<string, number>;
  readonly servers: Map<string, ServerRecord>;
  readonly agents: Map<string, AgentRecord>;
  readonly tokens: Map<string, AccessTokenClaims>;
  /** What each proof verifies as; anything else is refused. */
  readonly proofs: Map<string, { jkt: string; use: string; bodySha256?: string }>;
  readonly asked: Asked[];
  readonly questions: CallQuestion[];
  readonly cuts: UpstreamCall[];
  readonly reports: Report[];
  readonly sent: Sent[];
  readonly said: JsonObject[];
  mandate: MandateRecord;
  /** What is decided from now on. */
  verdict: Partial<CallVerdict>;
  facts: UpstreamFacts | { readonly kind: "failed"; readonly code: "upstream_unavailable" };
  definitions: JsonObject[] | undefined;
  /** How the upstream answers. */
  reply: (sent: Sent) => UpstreamReply | Promise<UpstreamReply>;
  cut: CutToken | PortRefusal | undefined;
}

export interface WorldOptions {
  readonly env?: GatewayDeps["env"];
  readonly limits?: Partial<GatewayLimits>;
  readonly state?: Map<string, JsonValue>;
  readonly exchanges?: boolean;
  readonly approvals?: (world: StepWorld) => ApprovalDesk;
  readonly allowedOrigins?: readonly string[];
}

function stateReader(kept: ReadonlyMap<string, JsonValue>): StateReader {
  return { get: async (room, key) => kept.get(`${room}/${key}`) ?? null, scan: async () => [] };
}

export function agentRecord(over: Partial<AgentRecord> = {}): AgentRecord {
  return {
    id: "triage",
    ref: randomId(),
    entry: randomId(),
    version: 1,
    state: "active",
    owner: "Ada",
    deputy: "Grace",
    purpose: "sort mail",
    tier: "T2",
    expires: NOW_S + 86_400,
    delegates: [],
    ceiling: {},
    bindings: [],
    ...over,
  };
}

function mandateRecord(): MandateRecord {
  return {
    id: randomId(),
    txn: `${randomId()}.${randomId()}`,
    entry: randomId(),
    document: {
      v: 1,
      salt: randomId(),
      agent: "triage",
      subject: "https://idp.example#ada",
      purpose: "sort mail",
      authority: { authorization_details: [], resource: [], scope: [] },
      expires: NOW_S + 3600,
      idleSeconds: 600,
    },
    digest: digestOf("mandate"),
    subjectRef: randomId(),
    basis: "signed_by_subject",
    state: "open",
    openedAtMs: NOW_S * 1000,
  };
}

export function serverRecord(over: Partial<ServerRecord> = {}): ServerRecord {
  return {
    id: "files",
    ref: randomId(),
    entry: randomId(),
    version: 1,
    state: "active",
    upstream: { transport: "stdio", command: ["files"], isolation: "none" },
    tools: [pinned("read"), pinned("write", { effect: "write" })],
    prompts: [pinned("greet")],
    resources: [],
    allowUpstreamRequests: [],
    ...over,
  };
}

type Places = Omit<StepWorld, "room">;

function depsOf(world: Places, options: WorldOptions): Omit<GatewayDeps, "approvals"> {
  const { clock, epochs, log, agents, servers } = world;
  const current = (kindRef: string): number => epochs.get(kindRef) ?? 0;
  return {
    clock,
    env: options.env ?? "dev",
    baseUrl: BASE,
    issuer: BASE,
    allowedOrigins: options.allowedOrigins ?? [],
    limits: { ...defaultLimits, ...options.limits },
    tokens: {
      async verify(jws) {
        const claims = world.tokens.get(jws);
        return claims === undefined ? { kind: "refused", code: "invalid_token" } : { kind: "token", claims };
      },
    },
    proofs: {
      async verify({ proof, ...input }) {
        world.asked.push({ port: "proof", input: { proof, ...input } });
        const found = world.proofs.get(proof);
        return found === undefined
          ? { kind: "refused", code: "use_dpop_nonce" }
          : { kind: "proof", ...found };
      },
      nonce: () => "fresh-nonce",
    },
    registry: {
      agent: (id) => agents.get(id),
      agentByRef: (ref) => [...agents.values()].find((agent) => agent.ref === ref),
      server: (id) => servers.get(id),
      servers: () => [...servers.values()],
      issuer: () => undefined,
    },
    epochs: {
      current,
      firstDead: (pairs) => pairs.find(([ref, at]) => current(ref) > at)?.[0],
      position: () => [...epochs.values()].reduce((sum, epoch) => sum + epoch, 0),
    },
    mandates: {
      mandate: (id) => (id === world.mandate.id ? world.mandate : undefined),
      checkOpen(id, nowMs) {
        world.asked.push({ port: "checkOpen", input: { id, nowMs } });
        if (id !== world.mandate.id) return { kind: "refused", code: "mandate_unknown" };
        return world.mandate.state === "open"
          ? { kind: "open", mandate: world.mandate }
          : { kind: "refused", code: "mandate_closed" };
      },
    },
    evidence: log,
    ...(options.state === undefined ? {} : { state: stateReader(options.state) }),
    decider: {
      decide(question) {
        world.questions.push(question);
        return verdictOf(world.verdict);
      },
      mayShow: ({ name }) => name !== "hidden",
      inForce: () => ({ policy: POLICY, procedure: PROCEDURE }),
    },
    flow: flowInGateway(world.flow, { entryOf: () => randomId() }),
    reports: { report: (event) => void world.reports.push(event) },
    ...(options.exchanges !== true
      ? {}
      : {
          upstreamTokens: {
            cut(call) {
              world.cuts.push(call);
              return world.cut ?? { kind: "refused", code: "authority_exceeded" };
            },
            headers: async () => ({}),
          },
        }),
    childPath: "",
  };
}

/** A verdict in its full form. */
export function verdictOf(over: Partial<CallVerdict> = {}): CallVerdict {
  return {
    verdict: "permit",
    policies: ["allow"],
    reason: "a reason",
    policy: POLICY,
    procedure: PROCEDURE,
    inputs: [{ path: "/action/id", value: "read", from: { by: "gate" } }],
    ...over,
  };
}

/** The upstream of all servers: it says what the world says it does. */
function upstreamOf(world: Places): Upstream {
  let ids = 0;
  return {
    ready: async () => world.facts,
    prepare(method, params, wantsProgress) {
      ids += 1;
      const meta = wantsProgress ? { progress: true } : {};
      return { id: ids, method, bytes: utf8(canonicalJson({ id: ids, method, params, ...meta })) };
    },
    async send({ bytes }, options) {
      const message: JsonObject = JSON.parse(Buffer.from(bytes).toString("utf8"));
      const sent = { message, options, leaves: world.log.leaves.length };
      world.sent.push(sent);
      return world.reply(sent);
    },
    onEvent: () => () => undefined,
    close: async () => undefined,
  };
}

function liveOf(world: Places): LiveDefinitions {
  const find = (kind: string, name: string): LiveDefinition | undefined => {
    const definition =
      kind === "resource"
        ? { prefix: name, templates: [] }
        : world.definitions?.find((one) => one["name"] === name);
    return definition === undefined ? undefined : { digest: digestOfJson(definition), definition };
  };
  return {
    current: async () =>
      world.definitions === undefined
        ? { kind: "failed", code: "upstream_malformed" }
        : { kind: "view", find, all: [] },
    forget: () => undefined,
  };
}

/** A world with one server, its definitions approved, and one agent with one mandate. */
export async function stepWorld(options: WorldOptions = {}): Promise<StepWorld> {
  const state = options.state ?? new Map<string, JsonValue>();
  const server = serverRecord();
  const agent = agentRecord();
  const places: Places = {
    clock: manualClock(NOW_S * 1000),
    log: createTestLog(state),
    flow: await openFlow(stateReader(new Map())),
    epochs: new Map(),
    servers: new Map([[server.id, server]]),
    agents: new Map([[agent.id, agent]]),
    tokens: new Map(),
    proofs: new Map(),
    asked: [],
    questions: [],
    cuts: [],
    reports: [],
    sent: [],
    said: [],
    mandate: mandateRecord(),
    verdict: {},
    facts: { era: "modern", protocolVersion: "2026-07-28", capabilities: { tools: {} }, serverInfo: {} },
    definitions: ["read", "write", "greet"].map((name) => definitionOf(name)),
    reply: () => ({ kind: "result", result: { content: [] } }),
    cut: undefined,
  };
  const world: StepWorld = Object.assign(places, { room: roomOf(places, options) });
  if (options.approvals !== undefined)
    Object.assign(world.room.deps, { approvals: options.approvals(world) });
  return world;
}

function roomOf(places: Places, options: WorldOptions): GatewayRoom {
  const deps = depsOf(places, options);
  const pooled = { upstream: upstreamOf(places), live: liveOf(places) };
  return {
    deps,
    pool: { get: () => pooled, close: async () => undefined },
    sessions: createSessions(deps.clock, deps.limits),
    live: createLiveStreams(deps.clock, deps.epochs),
    refusals: createRefusalBudget(deps.clock, deps.limits.refusalsPerCaller),
    ledger: createCallLedger(deps.state),
    streamShares: createShares(deps.limits.streamsPerCaller),
    callShares: createShares(deps.limits.callsPerCaller),
  };
}

/** The one agent of the world. */
export function agentOf(world: StepWorld): AgentRecord {
  const agent = world.agents.get("triage");
  if (agent === undefined) throw new TypeError("no agent");
  return agent;
}

/** The one server of the world. */
export function serverOf(world: StepWorld): ServerRecord {
  const server = world.servers.get("files");
  if (server === undefined) throw new TypeError("no server");
  return server;
}

/** Claims of a token for the server. */
export function claimsOf(world: StepWorld, over: Partial<AccessTokenClaims> = {}): AccessTokenClaims {
  const epochs: readonly EpochPair[] = [[`mandate:${world.mandate.id}`, 0]];
  return {
    iss: BASE,
    aud: URL_OF_FILES,
    sub: "ada",
    sub_profile: "user",
    client_id: "triage",
    scope: "test:use",
    exp: NOW_S + 300,
    iat: NOW_S,
    jti: randomId(),
    txn: world.mandate.txn,
    act: { iss: BASE, sub: "triage", sub_profile: "ai_agent" },
    cnf: { jkt: digestOf("key of triage") },
    authorization_details: [{ type: "mcp_tool", server: "files", tools: ["read", "write"] }],
    ng: {
      v: 1,
      mandate: world.mandate.id,
      instance: randomId(),
      basis: "signed_by_subject",
      assurance: "enrolled",
      env: world.room.deps.env,
      epochs,
      reach: [URL_OF_FILES],
    },
    ...over,
  };
}

/** A token that verifies, and a proof for it. */
export function issue(
  world: StepWorld,
  over: Partial<AccessTokenClaims> = {},
): { readonly token: string; readonly proof: string; readonly claims: AccessTokenClaims } {
  const claims = claimsOf(world, over);
  const token = `token-${claims.jti}`;
  const proof = `proof-${claims.jti}`;
  world.tokens.set(token, claims);
  world.proofs.set(proof, { jkt: claims.cnf.jkt, use: digestOf(proof) });
  return { token, proof, claims };
}

/** What a request is opened with. */
export interface Opening {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** More of them, as they stand. */
  readonly raw?: readonly string[];
  readonly body?: string;
}

/** A request at the door, and the way its client can leave. */
export function openExchange(
  world: StepWorld,
  { method = "POST", headers = {}, raw = [], body }: Opening = {},
): { readonly exchange: Exchange; readonly leave: AbortController } {
  const req = new IncomingMessage(new Socket());
  req.method = method;
  const all = [...Object.entries(headers).flat(), ...raw];
  req.rawHeaders = all;
  for (const [name, value] of Object.entries(headers)) req.headers[name.toLowerCase()] = value;
  if (body !== undefined) {
    req.push(body);
    req.push(null);
  }
  const leave = new AbortController();
  const exchange: Exchange = {
    req,
    headers: readHeaders(all),
    channel: {
      notify: (message) => void world.said.push(message),
      finish: () => undefined,
      gone: leave.signal,
    },
    server: serverOf(world),
    url: URL_OF_FILES,
    known: { era: "earlier" },
  };
  return { exchange, leave };
}

/** A call as it stands after it was authenticated. */
export interface CallOptions {
  readonly era?: Era;
  readonly method?: string;
  readonly params?: JsonObject;
  readonly claims?: Partial<AccessTokenClaims>;
  readonly caller?: Partial<Caller>;
  readonly session?: Authenticated["session"];
  readonly headers?: Readonly<Record<string, string>>;
}

export function authenticated(
  world: StepWorld,
  options: CallOptions = {},
): { readonly stage: Authenticated; readonly request: RpcRequest; readonly leave: AbortController } {
  const { era = "modern", method = "tools/call", params = { name: "read", arguments: {} } } = options;
  const { exchange, leave } = openExchange(world, { headers: options.headers ?? {} });
  const { token, proof, claims } = issue(world, options.claims);
  const agent = agentOf(world);
  const use = digestOf(proof);
  const request: RpcRequest = { kind: "request", id: 7, method, params };
  Object.assign(exchange.known, {
    era,
    method,
    id: request.id,
    caller: { claims, token, dpop: proof, use, agentRef: agent.ref },
  });
  const stage: Authenticated = {
    received: { exchange, message: request, era, body: utf8("{}"), sessionId: undefined },
    caller: {
      claims,
      token,
      dpop: proof,
      use,
      agent,
      mandate: world.mandate,
      bodySigned: false,
      ...options.caller,
    },
    session: options.session,
  };
  return { stage, request, leave };
}

/** A call as it stands after its operation was found. */
export function resolved(
  world: StepWorld,
  options: CallOptions & {
    readonly operation?: Partial<Operation> | { readonly treatment: "listed"; readonly list: "tools" };
    readonly resolved?: Partial<Resolved>;
  } = {},
): { readonly stage: Resolved; readonly exchange: Exchange; readonly leave: AbortController } {
  const { stage, request, leave } = authenticated(world, options);
  const { exchange } = stage.received;
  const name = String(request.params["name"] ?? "read");
  const record = exchange.server.tools.find((one) => one.name === name) ?? pinned(name);
  const digest = record.pin?.digest ?? "none";
  const pooled = world.room.pool.get(exchange.server);
  const facts = world.facts;
  if ("kind" in facts) throw new TypeError("the upstream of this world cannot take calls");
  const decidedOperation: Operation = {
    treatment: "decided",
    kind: "tool",
    name,
    record,
    arguments: {},
    pin: { current: digest, approved: digest },
  };
  const given = options.operation ?? {};
  return {
    stage: {
      authenticated: stage,
      request,
      operation: given.treatment === "listed" ? given : { ...decidedOperation, ...given },
      ...pooled,
      facts,
      params: request.params,
      progressToken: undefined,
      ...options.resolved,
    },
    exchange,
    leave,
  };
}

/** A call as it stands after policy has spoken. */
export function decided(
  world: StepWorld,
  verdict: Partial<CallVerdict> = {},
  options: Parameters<typeof resolved>[1] = {},
): { readonly stage: Decided; readonly exchange: Exchange; readonly leave: AbortController } {
  const { stage, exchange, leave } = resolved(world, options);
  const { operation: asked, authenticated: of } = stage;
  const full = verdictOf(verdict);
  if (asked.treatment === "listed") return { stage: { resolved: stage, verdict: full }, exchange, leave };
  const { claims, agent, mandate, bodySigned } = of.caller;
  const question: CallQuestion = { claims, agent, mandate, server: exchange.server, bodySigned, ...asked };
  Object.assign(exchange.known, { verdict: full, question });
  return { stage: { resolved: stage, verdict: full, question }, exchange, leave };
}

/** A leaf that nobody minds, under a decision. */
export function leafUnder(world: StepWorld, decision: string): ReturnType<CutToken["leaf"]> {
  return { type: "unknown", txn: world.mandate.txn, body: { boot: randomId(), decision } };
}
