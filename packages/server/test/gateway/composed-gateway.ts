import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import type {
  AccessTokenClaims,
  AgentRecord,
  EpochPair,
  MandateRecord,
  ServerRecord,
  StateReader,
  ToolRecord,
} from "@narrowgate/contracts";
import { type JsonObject, type JsonValue, randomId, systemClock } from "@narrowgate/kernel";
import { type CompiledPolicies, compilePolicies, schemaFromRegistry } from "@narrowgate/policy";
import { createNodeEngine } from "@narrowgate/policy/node";
import { type Approvals, DEFAULT_BOUNDS, openApprovals, type Signers } from "../../src/approvals/index.ts";
import { approvalsInDecisions, approvalsInGateway } from "../../src/compose/approval-ports.ts";
import { flowInDecisions, flowInGateway } from "../../src/compose/flow-ports.ts";
import { createUpstreamTokens } from "../../src/compose/upstream-tokens.ts";
import { createCallDecider } from "../../src/decisions/index.ts";
import { stableAttributes } from "../../src/evidence/inputs.ts";
import { openFlow } from "../../src/flow/index.ts";
import { createGateway, defaultLimits, type Gateway, type GatewayLimits } from "../../src/gateway/index.ts";
import {
  createBootNonce,
  createProofVerifier,
  createSingleUse,
  createTokenVerifier,
  signEs256,
} from "../../src/platform/jose/index.ts";
import type { TokenKey } from "../../src/platform/keys/custody.ts";
import { place } from "../approvals/passkey.ts";
import { makeKey, signJws, type TestKey } from "./agent-key.ts";
import { createTestLog, type TestLog } from "./evidence-log.ts";

const engine = createNodeEngine();

export { operation } from "./registered-operation.ts";

export interface ComposeOptions {
  readonly servers: readonly Partial<ServerRecord>[];
  readonly policies?: string;
  readonly env?: "dev" | "staging" | "prod";
  readonly tier?: AgentRecord["tier"];
  readonly limits?: Partial<GatewayLimits>;
  readonly allowedOrigins?: readonly string[];
  /** Who can approve; absent = there is no place where people approve. */
  readonly signers?: Signers;
  /** Whether the gate can speak to upstreams that trust its issuer. */
  readonly exchanges?: boolean;
  /** What an earlier boot left of the gate's state; absent = the gate has nowhere to keep any. */
  readonly state?: Map<string, JsonValue>;
}

/** A gate on a real port with everything around it. */
export interface Composed {
  readonly gateway: Gateway;
  readonly baseUrl: string;
  readonly log: TestLog;
  readonly approvals: Approvals | undefined;
  readonly key: TestKey;
  readonly txn: string;
  readonly events: { kind: string; detail: string; cause?: unknown }[];
  readonly nonce: () => string;
  server(id: string): ServerRecord;
  /** Approves what the upstream states now. */
  approve(id: string): Promise<void>;
  url(id: string): string;
  token(id: string, over?: TokenOptions): string;
  /** Raises the epoch of the mandate, agent or instance; `quietly` = without telling the gate's live streams. */
  revoke(kind: "mandate" | "agent" | "instance", quietly?: "quietly"): void;
  setMandate(state: MandateRecord["state"]): void;
  setAgent(over: Partial<AgentRecord>): void;
  close(): Promise<void>;
}

export interface TokenOptions {
  readonly details?: readonly JsonObject[];
  readonly scope?: string;
  readonly claims?: Partial<AccessTokenClaims>;
  readonly ng?: Partial<AccessTokenClaims["ng"]>;
  readonly key?: TestKey;
}

const permitAll = '@id("allow-all") permit(principal, action, resource);';

function compile(text: string): CompiledPolicies {
  const { schema } = schemaFromRegistry({ tools: [] });
  const outcome = compilePolicies(engine, { files: [{ name: "test.cedar", text }], schema });
  if (outcome.kind === "rejected") throw new TypeError(JSON.stringify(outcome.problems));
  return outcome.policies;
}

function stateReader(kept: ReadonlyMap<string, JsonValue>): StateReader {
  return {
    get: async (room, key) => kept.get(`${room}/${key}`) ?? null,
    scan: async () => [],
  };
}

function tokenKeyOf({ jkt, jwk, publicKey, privateKey }: TestKey): TokenKey {
  return {
    kid: jkt,
    jwk: { ...jwk },
    publicKey,
    supersededAtMs: null,
    sign: (message) => signEs256(privateKey, message),
  };
}

/** Everything a server states, as authority. */
export function everything(server: ServerRecord): JsonObject[] {
  const set = (records: readonly ToolRecord[]): string[] => records.map(({ name }) => name);
  return [
    ...(server.tools.length > 0 ? [{ type: "mcp_tool", server: server.id, tools: set(server.tools) }] : []),
    ...(server.prompts.length > 0
      ? [{ type: "mcp_prompt", server: server.id, prompts: set(server.prompts) }]
      : []),
    ...server.resources.map(({ name }) => ({
      type: "mcp_resource",
      server: server.id,
      uris: { prefix: name },
    })),
  ];
}

/** Composes a gate. Close it at the end of the test. */
export async function compose(options: ComposeOptions): Promise<Composed> {
  const env = options.env ?? "dev";
  const log = createTestLog(options.state);
  const key = makeKey();
  const stsKey = makeKey();
  const epochs = new Map<string, number>();
  const events: Composed["events"] = [];
  const refs = { mandate: randomId(), instance: randomId(), agent: randomId(), subject: randomId() };
  const txn = `${randomId()}.${randomId()}`;
  const servers = new Map<string, ServerRecord>();
  for (const given of options.servers) {
    const id = given.id ?? "test";
    servers.set(id, {
      id,
      ref: randomId(),
      entry: randomId(),
      version: 1,
      state: "active",
      upstream: { transport: "stdio", command: ["node"], isolation: "none" },
      tools: [],
      prompts: [],
      resources: [],
      allowUpstreamRequests: [],
      ...given,
    });
  }
  let agent: AgentRecord = {
    id: "triage",
    ref: refs.agent,
    entry: randomId(),
    version: 1,
    state: "active",
    owner: "mailto:owner@example.test",
    deputy: "mailto:deputy@example.test",
    purpose: "sort tickets",
    tier: options.tier ?? "T2",
    expires: 4_000_000_000,
    delegates: [],
    ceiling: {},
    bindings: [],
  };
  let mandate: MandateRecord = {
    id: refs.mandate,
    txn,
    entry: randomId(),
    document: {
      v: 1,
      salt: randomId(),
      agent: agent.id,
      subject: "https://idp.example.test#ada",
      purpose: "resolve tickets",
      authority: { authorization_details: [], resource: [], scope: [] },
      expires: 4_000_000_000,
      idleSeconds: 3600,
    },
    digest: randomId(32),
    subjectRef: refs.subject,
    basis: "signed_by_subject",
    state: "open",
    openedAtMs: Date.now(),
  };
  const http: Server = createServer();
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;
  const baseUrl = `http://127.0.0.1:${port}`;
  const compiled = compile(options.policies ?? permitAll);
  const used = createSingleUse();
  const nonce = createBootNonce(systemClock, () => used.rotate());
  const procedure = randomId(32);
  const upstreamTokens = createUpstreamTokens({
    issuer: baseUrl,
    clock: systemClock,
    custody: { signingTokenKey: () => tokenKeyOf(stsKey) },
    evidence: log,
    epochs: { current: () => 0, firstDead: () => undefined, position: () => epochs.size },
    inForce: () => ({ policy: compiled.digest, procedure }),
  });
  const instances = { entryOf: () => refs.instance };
  const flow = await openFlow(stateReader(options.state ?? new Map()));
  const reader = flowInDecisions(flow, instances);
  const approvals =
    options.signers === undefined
      ? undefined
      : await openApprovals({
          clock: systemClock,
          evidence: log,
          state: stateReader(options.state ?? new Map()),
          place,
          bounds: DEFAULT_BOUNDS,
          signers: options.signers,
          epochs: {
            firstDead: (pairs) => pairs.find(([ref, at]) => (epochs.get(ref) ?? 0) > at)?.[0],
          },
          mandates: { mandate: () => mandate },
          agent: () => agent,
          declassifiable: async () => undefined,
          refused: () => undefined,
          tell: () => undefined,
        });
  const gateway = createGateway({
    clock: systemClock,
    env,
    baseUrl,
    issuer: baseUrl,
    allowedOrigins: options.allowedOrigins ?? [],
    limits: { ...defaultLimits, ...options.limits },
    tokens: createTokenVerifier({
      issuer: baseUrl,
      environment: env,
      clock: systemClock,
      keyById: (kid) => (kid === stsKey.jkt ? stsKey.publicKey : undefined),
    }),
    proofs: createProofVerifier({ clock: systemClock, nonce, used }),
    registry: {
      agent: (id) => (id === agent.id ? agent : undefined),
      agentByRef: (ref) => (ref === agent.ref ? agent : undefined),
      server: (id) => servers.get(id),
      servers: () => [...servers.values()],
      issuer: () => undefined,
    },
    epochs: {
      current: (kindRef) => epochs.get(kindRef) ?? 0,
      firstDead: (pairs) => pairs.find(([ref, at]) => (epochs.get(ref) ?? 0) > at)?.[0],
      position: () => epochs.size,
    },
    mandates: {
      mandate: () => mandate,
      checkOpen: (id) => {
        if (id !== mandate.id) return { kind: "refused", code: "mandate_unknown" };
        return mandate.state === "open"
          ? { kind: "open", mandate }
          : { kind: "refused", code: "mandate_closed" };
      },
    },
    evidence: log,
    ...(options.state === undefined ? {} : { state: stateReader(options.state) }),
    decider: createCallDecider(
      {
        clock: systemClock,
        env,
        policies: () => ({ compiled, procedure, overlays: [] }),
        flow: reader,
        approvals: approvals === undefined ? { held: () => [] } : approvalsInDecisions(approvals, reader),
      },
      stableAttributes,
    ),
    flow: flowInGateway(flow, instances),
    ...(approvals === undefined ? {} : { approvals: approvalsInGateway(approvals, reader) }),
    reports: { report: (event) => void events.push(event) },
    ...(options.exchanges === true ? { upstreamTokens } : {}),
    childPath: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
  });
  http.on("request", (req, res) => gateway.handle(req, res));
  const find = (id: string): ServerRecord => {
    const server = servers.get(id);
    if (server === undefined) throw new TypeError(`no server ${id}`);
    return server;
  };
  const url = (id: string): string => `${baseUrl}/mcp/${id}`;

  return {
    gateway,
    baseUrl,
    log,
    approvals,
    key,
    txn,
    events,
    nonce: () => nonce.current(),
    server: find,
    url,
    async approve(id) {
      const server = find(id);
      const pins = await gateway.learnPins(server);
      const pinned = (kind: string, records: readonly ToolRecord[]): ToolRecord[] =>
        records.map((record) => {
          const pin = pins.find((one) => one.kind === kind && one.name === record.name);
          return pin === undefined
            ? record
            : { ...record, pin: { digest: pin.digest, definition: pin.definition, entry: randomId() } };
        });
      servers.set(id, {
        ...server,
        tools: pinned("tool", server.tools),
        prompts: pinned("prompt", server.prompts),
        resources: pinned("resource", server.resources),
      });
    },
    token(id, { details, scope = "test:use", claims = {}, ng = {}, key: holder = key } = {}) {
      const iat = Math.floor(Date.now() / 1000);
      const jti = randomId();
      const pairs: EpochPair[] = [
        [`agent:${refs.agent}`, 0],
        [`instance:${refs.instance}`, 0],
        [`mandate:${refs.mandate}`, 0],
      ];
      const payload: AccessTokenClaims = {
        iss: baseUrl,
        aud: url(id),
        sub: "ada",
        sub_profile: "user",
        client_id: agent.id,
        scope,
        iat,
        exp: iat + 300,
        jti,
        txn,
        act: { iss: baseUrl, sub: agent.id, sub_profile: "ai_agent" },
        cnf: { jkt: holder.jkt },
        authorization_details: details ?? everything(find(id)),
        ...claims,
        ng: {
          v: 1,
          mandate: refs.mandate,
          instance: refs.instance,
          basis: "signed_by_subject",
          assurance: "enrolled",
          env,
          epochs: pairs,
          reach: [url(id)],
          ...ng,
        },
      };
      return signJws(stsKey.privateKey, { alg: "ES256", typ: "at+jwt", kid: stsKey.jkt }, {
        ...payload,
      } as JsonObject);
    },
    revoke(kind, quietly) {
      const ref = Object.entries(refs).find(([name]) => name === kind)?.[1] ?? "";
      const kindRef = `${kind}:${ref}`;
      epochs.set(kindRef, (epochs.get(kindRef) ?? 0) + 1);
      if (quietly === undefined) gateway.revocations.onRevoked(kindRef);
    },
    setMandate: (state) => {
      mandate = { ...mandate, state };
    },
    setAgent: (over) => {
      agent = { ...agent, ...over };
    },
    async close() {
      await gateway.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}
