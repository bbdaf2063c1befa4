import type { KnownHolds, RecordedDrill, World } from "@narrowgate/assurance";
import { type AgentRecord, type GateProfile, profileDigest, type Waiver } from "@narrowgate/contracts";
import { type JsonObject, type JsonValue, type ManualClock, manualClock, randomId } from "@narrowgate/kernel";
import { type Evaluations, openEvaluations } from "../../src/assurance/evaluate/evaluations.ts";
import type { Evaluator, Noticed, OwnFacts, SignedRequest } from "../../src/assurance/evaluate/ports.ts";
import { nodeSha256, sha256Base64url } from "../../src/platform/crypto-hash/sha256.ts";
import { readerOf } from "../approvals/approval-world.ts";
import { createTestLog, type TestLog } from "../gateway/evidence-log.ts";
import { agentRecord } from "../releases/release-records.ts";

/** What the settings name. */
export const profileOfSettings: GateProfile = {
  format: "narrowgate-gate-profile/1",
  name: "foundation",
  version: 1,
  controls: ["POL-01"],
  drills: [],
};

export const stated: Pick<World["manifest"], "attested" | "declared"> = { attested: [], declared: {} };
export const requestOf = (operator: string): SignedRequest => ({ operator, jws: "e30.e30.AA" });

/** A request of whoever stands for an operator in tests. */
export const asks: SignedRequest = requestOf(randomId());
export const agrees: SignedRequest = requestOf(randomId());

/** The room of evaluations over a log in memory; what evaluates says what it was asked, in order. */
export interface EvaluationWorld {
  readonly evaluations: Evaluations;
  readonly agent: AgentRecord;
  readonly log: TestLog;
  readonly clock: ManualClock;
  /** What was asked of the evaluator and the log, in order. */
  readonly steps: string[];
  /** What each evaluation was told by the room. */
  readonly told: { readonly own: OwnFacts; readonly noticed: Noticed }[];
  /** Leaves that are durable. */
  size: number;
  /** Runs while the log is folded; a test may set it. */
  whileFolded: () => Promise<void>;
  restart(): Promise<EvaluationWorld>;
}

const NO_HOLDS: KnownHolds = { placed: {}, standing: 0, erasures: 0, drawn: [] };

/** A waiver of an agent for an hour. */
export function waiverOf(agent: AgentRecord, nowMs: number, more: Partial<Waiver> = {}): JsonObject {
  return {
    format: "narrowgate-waiver/1",
    id: randomId(),
    control: "TSC-05",
    agent: agent.id,
    owner: agent.owner,
    reason: "the list is short",
    compensating: "TSC-02",
    from: nowMs,
    until: nowMs + 3_600_000,
    ...more,
  };
}

/** A result of a drill that ended by a time. */
export function drillResult(ended: number, started: number = ended): RecordedDrill["result"] {
  return {
    format: "narrowgate-drill/1",
    drill: "DR-01",
    scenario: randomId(32),
    build: randomId(32),
    load: "L1",
    calls_per_s: 3,
    seed: 1,
    expected: "nothing opens",
    trials: 300,
    failures: 0,
    bound: 0.01,
    verdict: "pass",
    observed: [],
    figures: {},
    simulated: [],
    started,
    ended,
    evidence: { origin: "log", from: 0, checkpoint: "head" },
  };
}

/** Calls of every agent in every window, as the log was folded. */
export const CALLS = {
  calls: 7,
  ok: 6,
  refused: 1,
  asked: 0,
  approved: 0,
  declined: 0,
  waited_ms: 0,
  opened: 2,
} as const;

function evaluatorOf(world: Pick<EvaluationWorld, "steps" | "whileFolded">): Evaluator {
  const { steps } = world;
  return {
    async catchUp(to) {
      steps.push(`fold ${to}`);
      await world.whileFolded();
      steps.push(`folded ${to}`);
    },
    writersOf: async ({ ref, release }) => [`writer of ${ref} and ${release}`],
    holds: async () => NO_HOLDS,
    transactionsOf: async (ref, { from, to }) => {
      const one = { txn: `${ref} ${from} ${to}`, at: from };
      return { closed: 5, completed: 4, sensitive: 1, toReplay: [one], toSample: [] };
    },
    workOf: async (ref, { from, to }) => ({
      ...CALLS,
      used: [{ name: `${ref} ${from} ${to}`, calls: 2, last: to }],
      busiestMinute: 3,
    }),
    selfTest: async () => ({ controls: 9, wrong: [] }),
    async evaluate({ at, log, profile, waivers }) {
      steps.push(`evaluate ${log.size}`);
      return {
        format: "narrowgate-evaluation/1",
        agent: "refunds",
        release: sha256Base64url("release"),
        catalogue: sha256Base64url("catalogue"),
        evaluator: sha256Base64url("evaluator"),
        profile: profileDigest(nodeSha256, profile),
        log,
        at,
        results: [],
        waivers,
        verdict: "ready",
        blocking: [],
      };
    },
    close: async () => void steps.push("close"),
  };
}

function around(agent: AgentRecord, own: OwnFacts): World {
  const digest = sha256Base64url("anything");
  return {
    ...own,
    profile: own.profile ?? profileOfSettings,
    window: { from: 0, to: own.at },
    environment: "prod",
    agent: { id: agent.id, ref: agent.ref, tier: agent.tier, state: agent.state, expires: agent.expires },
    release: digest,
    manifest: {
      v: 1,
      agent: { id: agent.id, purpose: agent.purpose, tier: agent.tier, delegates: [] },
      ceiling: {},
      tools: [],
      policies: [],
      response_rules: [],
      procedure: digest,
      brokers: [],
      ...stated,
    },
    build: digest,
    authors: [],
  };
}

/** Opens the room over what was kept. */
export async function evaluationWorld(
  rows: Map<string, JsonValue> = new Map(),
  clock: ManualClock = manualClock(1_795_000_000_000),
): Promise<EvaluationWorld> {
  const log = createTestLog(rows);
  const steps: string[] = [];
  const told: { own: OwnFacts; noticed: Noticed }[] = [];
  const world = { steps, size: 10, whileFolded: async () => undefined };
  const evaluations = await openEvaluations({
    clock,
    evidence: log,
    state: readerOf(rows),
    log: {
      origin: "log",
      size: () => world.size,
      async head() {
        steps.push("head");
        return { size: world.size + 2, root: `root of ${world.size + 2}` };
      },
    },
    evaluator: evaluatorOf(world),
    build: "this build",
    verifiedOf: ({ toReplay }) => ({ verified: toReplay.length, unverified: 0 }),
    async world(agent, _, own, noticed) {
      told.push({ own, noticed });
      return around(agent, own);
    },
  });
  return Object.assign(world, {
    evaluations,
    agent: agentRecord(),
    log,
    clock,
    told,
    restart: () => evaluationWorld(rows, clock),
  });
}
