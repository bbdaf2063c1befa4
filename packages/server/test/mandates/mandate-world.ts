import type { AgentRecord, MandateDocument } from "@narrowgate/contracts";
import { type JsonValue, type ManualClock, manualClock, randomId } from "@narrowgate/kernel";
import { type Containment, openContainment } from "../../src/containment/containment.ts";
import { type Mandates, openMandates } from "../../src/mandates/mandates.ts";
import type { Entitlements, MandatePorts } from "../../src/mandates/ports.ts";
import { readerOf } from "../approvals/approval-world.ts";
import { createTestLog, type TestLog } from "../gateway/evidence-log.ts";

/** Bounds of the room, in seconds. */
export const BOUNDS = { maxLifeSeconds: 86_400, maxIdleSeconds: 3_600, autonomousLifeSeconds: 600 } as const;

/** The person of the documents. */
export const ADA = "https://idp.example.test#ada";

/** The mandates room over a real containment room and a log in memory. */
export interface MandateWorld {
  readonly mandates: Mandates;
  readonly containment: Containment;
  readonly log: TestLog;
  readonly rows: Map<string, JsonValue>;
  readonly clock: ManualClock;
  /** Its one agent; a test may suspend it. */
  agent: AgentRecord;
  entitlements: Entitlements | undefined;
  /** What the issuer's token is found to say. */
  verified: Awaited<ReturnType<MandatePorts["verifySubject"]>>;
  /** Runs while an assertion is verified. */
  meanwhile: () => void;
  /** Names of what was revoked and told of. */
  readonly told: string[];
  /** Leaves and rows that other rooms end with a transaction. */
  ending: ReturnType<MandatePorts["endTransaction"]>;
  /** Uses that were taken, with their ends. */
  readonly uses: Map<string, number>;
  document(more?: Partial<MandateDocument>): MandateDocument;
  restart(): Promise<MandateWorld>;
}

function agentOf(): AgentRecord {
  return {
    id: "desk",
    ref: randomId(),
    entry: randomId(),
    version: 1,
    state: "active",
    owner: "mailto:owner@example.test",
    deputy: "mailto:deputy@example.test",
    purpose: "sort mail",
    tier: "T2",
    expires: 4_000_000_000,
    delegates: [],
    ceiling: {
      scope: ["read", "write"],
      resource: ["https://gate.test/mcp/files"],
      authorization_details: [],
    },
    bindings: [],
  };
}

type Kept = Pick<MandateWorld, "agent" | "clock" | "log" | "rows" | "uses">;

function freshlyKept(): Kept {
  const rows = new Map<string, JsonValue>();
  const clock = manualClock(1_795_000_000_000);
  return { agent: agentOf(), clock, log: createTestLog(rows), rows, uses: new Map() };
}

/** Opens the room. */
export async function mandateWorld(kept: Kept = freshlyKept()): Promise<MandateWorld> {
  const { clock, log, rows, uses } = kept;
  const told: string[] = [];
  const state = readerOf(rows);
  const listeners = [{ onRevoked: (kindRef: string) => void told.push(kindRef) }];
  const containment = await openContainment({ evidence: log, state, listeners });
  const mandates = await openMandates({
    clock,
    evidence: log,
    state,
    registry: {
      agent: (id) => (id === world.agent.id ? world.agent : undefined),
      agentByRef: () => undefined,
      server: () => undefined,
      servers: () => [],
      issuer: () => undefined,
    },
    epochs: containment,
    takeOnce(name, untilMs) {
      if (uses.has(name)) return false;
      uses.set(name, untilMs);
      return true;
    },
    unknownTool: (name) => (name === "files/read" ? undefined : `no tool ${name}`),
    entitlements: () => world.entitlements,
    openTransaction: () => `${randomId()}.${randomId()}`,
    transactionLength: (txn) => log.leaves.filter(({ draft }) => draft.txn === txn).length,
    endTransaction: () => world.ending,
    async verifySubject() {
      world.meanwhile();
      return world.verified;
    },
    prepareRevocation: (request) => containment.prepare(request),
    bounds: BOUNDS,
  });
  const world: MandateWorld = {
    ...{ mandates, containment, log, rows, clock, told, uses, agent: kept.agent, entitlements: undefined },
    verified: { kind: "refused", code: "invalid_grant", description: "nobody signed this" },
    meanwhile: () => undefined,
    ending: { drafts: [], changes: [] },
    document: (more = {}) => ({
      v: 1,
      salt: randomId(),
      agent: "desk",
      subject: ADA,
      purpose: "sort mail",
      authority: { scope: ["read"], resource: ["https://gate.test/mcp/files"], authorization_details: [] },
      expires: clock.nowMs() / 1000 + 7_200,
      idleSeconds: 1_800,
      ...more,
    }),
    restart: () => mandateWorld(kept),
  };
  return world;
}
