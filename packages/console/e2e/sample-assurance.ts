import { catalogue } from "@narrowgate/assurance/reading";
import type {
  ControlResult,
  ControlVerdict,
  DrillLine,
  DrillResult,
  EntrySheet,
  Evaluation,
  ReadinessFacts,
  ReadinessSheet,
  ReleaseSheet,
  WaiverLine,
} from "@narrowgate/contracts";
import type { ServedAssurance } from "@narrowgate/testkit/pages";

const atMs = Date.now() - 3_600_000;
const digest = "A".repeat(43);
const other = `${"B".repeat(42)}A`;
const id = (name: string): string => name.padEnd(22, "A").slice(0, 22);

/** Controls that come to something else than a pass. */
const odd: Readonly<Record<string, ControlVerdict>> = {
  "DEL-03": "fail",
  "IDN-01": "not_established",
  "EVD-04": "not_established",
  "TSC-02": "not_established",
  "TSC-03": "not_applicable",
  "CTN-03": "stale",
  "POL-07": "error",
  "IDN-05": "not_established",
};

/** The leaf of a call that breaks a control. */
export const violating: EntrySheet = {
  id: id("violating"),
  index: 4711,
  type: "decision",
  atMs,
  txn: `${"A".repeat(22)}.${"B".repeat(22)}`,
  agent: "refunds",
  sealed: ["inputs", "proof"],
  body: { action: "call", verdict: "permit", policy: digest },
};

function result(control: string): ControlResult {
  const verdict = odd[control] ?? "pass";
  const isFailed = verdict === "fail";
  const isOpen = verdict === "not_established" || verdict === "stale" || verdict === "error";
  return {
    control,
    verdict,
    population: { count: isOpen ? 0 : 1482, of: "tokens and calls of this agent" },
    decided: isOpen ? 0 : 1482,
    window: { from: atMs - 30 * 86_400_000, to: atMs },
    max_age_s: 86_400,
    vantage: ["The gate writes these leaves; a witness outside would notice if they were changed later."],
    violations: isFailed ? [{ entry: violating.id, says: "a call was permitted outside the task" }] : [],
    violations_in_all: isFailed ? 1 : 0,
    evidence: isOpen ? [] : [{ entry: violating.id, index: violating.index }],
    ...(isOpen ? { unmet: "there is nothing in the window that it could be seen from" } : {}),
    ...(verdict === "not_applicable" ? { predicate: "the agent reaches no tool that is not pinned" } : {}),
    drills: control === "CRD-01" ? [id("drill-1")] : [],
    parameters: { sampled: 96 },
  };
}

const waiver: WaiverLine = {
  waiver: {
    format: "narrowgate-waiver/1",
    id: id("waiver"),
    control: "IDN-05",
    agent: "refunds",
    owner: "ana@example.com",
    reason: "the directory comes next month",
    compensating: "IDN-02",
    from: atMs - 86_400_000,
    until: atMs + 20 * 86_400_000,
  },
  asked: "b3BlcmF0b3ItMDAwMDAwMDE",
  state: "agreed",
};

/** An evaluation in which every kind of verdict is there. */
export const sampleEvaluation: Evaluation = {
  format: "narrowgate-evaluation/1",
  agent: "refunds",
  release: digest,
  catalogue: digest,
  evaluator: digest,
  profile: digest,
  log: { origin: "gate.example/log", size: 48_120, root: digest },
  at: atMs,
  results: catalogue.controls.map((control) => result(control.id)),
  waivers: [waiver.waiver],
  verdict: "not_ready",
  blocking: ["DEL-03", "POL-07"],
};

const profile = {
  name: "foundation",
  version: 1,
  controls: catalogue.controls
    .map((control) => control.id)
    .filter((control) => !["IDN-01", "EVD-04", "TSC-02", "TSC-03"].includes(control))
    .sort(),
};

/** The result of a drill. */
export function sampleDrill(n: number, drill: string, more: Partial<DrillResult> = {}): DrillLine {
  return {
    entry: id(`drill-${n}`),
    index: 48_000 + n,
    result: {
      format: "narrowgate-drill/1",
      drill,
      scenario: digest,
      build: digest,
      release: digest,
      agent: "refunds",
      load: "L1",
      calls_per_s: 48.2,
      seed: 7,
      expected: "every second binding is refused, and no race wins",
      trials: 500,
      failures: 0,
      bound: 0.006,
      verdict: "pass",
      observed: ["500 of 500 were refused by invalid_request"],
      figures: { p95_ms: 12 },
      simulated: [],
      started: atMs - 90_000,
      ended: atMs - n * 60_000,
      evidence: { origin: "sandbox.example/log", from: 12, checkpoint: "sandbox.example/log\n" },
      ...more,
    },
  };
}

const drills = [
  sampleDrill(1, "DR-01"),
  sampleDrill(2, "DR-16", { verdict: "fail", trials: 300, failures: 1, bound: 0.0133 }),
  sampleDrill(3, "DR-14", {
    verdict: "not_established",
    trials: 0,
    bound: 0,
    unmet: "it was stopped before its end",
    simulated: ["The bank is a recorded one."],
  }),
  sampleDrill(4, "DR-25", { figures: { contained_ms: 212, rollback_ms: 640 } }),
];

const facts: ReadinessFacts = {
  format: "narrowgate-readiness/1",
  instance: "https://gate.example",
  environment: "prod",
  entry: id("evaluation"),
  evaluation: sampleEvaluation,
  profile: { format: "narrowgate-gate-profile/1", ...profile, drills: [] },
  agent: {
    id: "refunds",
    tier: "T3",
    state: "active",
    owner: "ana@example.com",
    deputy: "lee@example.com",
    purpose: "pays customers back",
    expires: 1_800_000_000,
  },
  granted: [
    { server: "payments", kind: "tool", name: "refund", effect: "irreversible", dataClass: "confidential" },
    { server: "payments", kind: "tool", name: "close", effect: "write", dataClass: "internal" },
  ],
  work: {
    from: atMs - 30 * 86_400_000,
    to: atMs,
    closed: 120,
    completed: 100,
    sensitive: 60,
    verified: 60,
    unverified: 0,
    calls: 400,
    ok: 396,
    refused: 12,
    asked: 30,
    approved: 28,
    declined: 2,
    waited_ms: 3_600_000,
    opened: 400,
    used: [{ name: "payments/tool/refund", calls: 400, last: atMs }],
  },
  drills: drills.slice(0, 1),
};

const sheet: ReadinessSheet = {
  agent: "refunds",
  tier: "T3",
  profile,
  newest: {
    entry: id("evaluation"),
    index: 48_120,
    isOfThisCatalogue: true,
    evaluation: sampleEvaluation,
    facts,
  },
  drills: drills.slice(0, 1),
  waivers: [waiver],
};

const grant = {
  type: "mcp_tool",
  server: "payments",
  tools: ["refund"],
  constraints: { "/amount": { max: 100 } },
};
const wider = { ...grant, constraints: { "/amount": { max: 250 } } };
const tool = {
  server: "payments",
  kind: "tool",
  name: "refund",
  dataClass: "confidential",
  effect: "irreversible",
  egress: false,
  scope: "payments:refund",
} as const;

/** A leaf about a release. */
function event(n: number, action: string, who: string, role?: string): ReleaseSheet["history"][number] {
  const entry = id(`event-${action}-${n}`);
  return {
    entry,
    index: 48_200 + n,
    atMs: atMs + n * 60_000,
    action,
    who,
    ...(role === undefined ? {} : { role }),
  };
}

/** A release that waits for two of its four signatures. */
export const openRelease: ReleaseSheet = {
  id: id("open-release"),
  agent: "refunds",
  state: "open",
  release: digest,
  deployment: other,
  environment: "prod",
  profile: { name: "foundation", version: 1 },
  author: "olga",
  proposed_at: atMs,
  not_after: atMs + 7 * 86_400_000,
  signed: [
    { role: "iam", name: "Ida" },
    { role: "security", name: "Sam" },
  ],
  missing: ["compliance", "pam"],
  lapsed: [],
  blocking: ["DEL-03", "POL-07"],
  ready: "not_ready",
  url: "https://approve.example/release#handle",
  diff: [
    {
      part: "ceiling",
      change: "changed",
      name: "authorization_details",
      before: [grant],
      after: [wider],
    },
    { part: "declared", change: "changed", name: "model", before: "small-2", after: "small-3" },
    { part: "policies", change: "added", name: other, after: other },
    {
      part: "tools",
      change: "changed",
      name: "payments/tool/refund",
      before: { ...tool, pin: digest },
      after: { ...tool, pin: other },
    },
    {
      part: "tools",
      change: "added",
      name: "payments/tool/lookup",
      after: { ...tool, name: "lookup", effect: "read", scope: "payments:read" },
    },
  ],
  policy_names: { [other]: "refunds.cedar#2" },
  manifest: {
    v: 1,
    agent: { id: "refunds", purpose: "pays customers back", tier: "T3", delegates: [] },
    ceiling: { authorization_details: [wider] },
    tools: [{ ...tool, pin: other }],
    policies: [other],
    response_rules: [],
    procedure: digest,
    brokers: [],
    attested: [],
    declared: { model: "small-3" },
  },
  deployment_document: {
    v: 1,
    release: digest,
    environment: "prod",
    policy: digest,
    issuer: "https://gate.example",
    audiences: ["https://gate.example/mcp/payments"],
    trusted_issuers: [],
    owner: "ana@example.com",
    deputy: "lee@example.com",
    bindings: digest,
    upstreams: [{ name: "payments", digest }],
    signers: [],
  },
  evaluation: sampleEvaluation,
  history: [
    event(1, "proposed", "olga"),
    event(2, "signed", "Ida", "iam"),
    event(3, "signed", "Sam", "security"),
  ],
  drift: { stops: [], changes: [] },
};

/** The one in force, of which a tool changed since. */
export const activeRelease: ReleaseSheet = {
  ...openRelease,
  id: id("active-release"),
  state: "active",
  signed: ["compliance", "iam", "pam", "security"].map((role) => ({ role, name: `the one for ${role}` })),
  missing: [],
  blocking: [],
  ready: "ready",
  evaluation: { ...sampleEvaluation, verdict: "ready", blocking: [] },
  stands: { stops: [], left: 1 },
  history: [...openRelease.history, event(4, "activated", "olga")],
  drift: { stops: [], changes: openRelease.diff.filter(({ part }) => part === "tools").slice(0, 1) },
};

/** Everything of it. */
export const sampleAssurance: ServedAssurance = {
  environment: "prod",
  releases: [openRelease, activeRelease],
  glasses: [
    {
      id: id("glass"),
      agent: "refunds",
      state: "due",
      asked_by: "olga",
      asked_at: atMs - 7_200_000,
      signed: [
        { role: "security", name: "Sam" },
        { role: "pam", name: "Pia" },
      ],
      until: atMs - 3_600_000,
      review_due: atMs + 82_800_000,
      overdue: false,
    },
  ],
  certificate: '{"payloadType":"application/vnd.in-toto+json"}',
  effects: {
    agent: "refunds",
    deployment: activeRelease.deployment,
    total: 1204,
    is_more: false,
    calls: [
      {
        entry: id("effect"),
        txn: `${id("writer")}.${id("effect-txn")}`,
        at: Date.UTC(2026, 10, 21, 9, 30),
        server: "payments",
        operation: "tool refund",
        effect: "irreversible",
        egress: false,
        outcome: "unknown",
        agent: "refunds",
        purpose: "pays back what was bought twice",
      },
    ],
  },
  readiness: [
    { agent: "desk", tier: "T1" },
    {
      agent: "refunds",
      tier: "T3",
      newest: {
        entry: id("evaluation"),
        atMs,
        verdict: "not_ready",
        blocking: 2,
        counts: [
          { verdict: "fail", count: 1 },
          { verdict: "not_established", count: 4 },
          { verdict: "pass", count: 44 },
        ],
      },
    },
  ],
  sheets: [sheet, { agent: "desk", tier: "T1", profile, drills: [], waivers: [] }],
  drills,
  trail: {
    origin: "gate.example/log",
    readings: [{ entry: id("reading"), atMs, who: "Ada", kind: "person", from: 40_000, count: 12 }],
    assurance: [
      { entry: id("evaluation"), index: 48_120, atMs, what: "evaluation", agent: "refunds" },
      { entry: id("signed"), index: 48_121, atMs, what: "release signed", agent: "refunds" },
      { entry: id("drill-1"), index: 48_001, atMs, what: "drill" },
    ],
    waivers: [waiver],
  },
  entries: [violating],
};
