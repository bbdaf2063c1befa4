import type {
  AccessTokenClaims,
  AgentRecord,
  MandateRecord,
  ServerRecord,
  StateReader,
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
import { digestOfJson } from "../../src/gateway/digest.ts";
import { defaultLimits, type GatewayLimits } from "../../src/gateway/limits.ts";
import { createListCursors } from "../../src/gateway/mcp/list-cursors.ts";
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
import { createRefusalBudget } from "../../src/gateway/steps/refusal-budget.ts";
import { createLiveStreams } from "../../src/gateway/streams/live-streams.ts";
import { createShares } from "../../src/gateway/streams/shares.ts";
import type {
  SendOptions,
  Upstream,
  UpstreamFacts,
  UpstreamReply,
} from "../../src/gateway/upstream/upstream.ts";
import { createTestLog, type TestLog } from "./evidence-log.ts";
import {
  agentRecord,
  BASE,
  definitionOf,
  mandateRecord,
  NOW_S,
  POLICY,
  PROCEDURE,
  serverRecord,
  verdictOf,
} from "./step-records.ts";

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
    cursors: createListCursors(),
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
