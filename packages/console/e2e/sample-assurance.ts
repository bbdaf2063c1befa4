import { catalogue } from "@narrowgate/assurance/reading";
import type { DrillLine, DrillResult, ReadinessFacts, ReadinessSheet } from "@narrowgate/contracts";
import type { ServedAssurance } from "@narrowgate/testkit/pages";
import { sampleEffects } from "./sample-effects.ts";
import { sampleEvaluation, violating, waiver } from "./sample-evaluation.ts";
import { activeRelease, openRelease, sampleGlass } from "./sample-releases.ts";
import { atMs, digest, id } from "./sample-words.ts";

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

/** Everything of it. */
export const sampleAssurance: ServedAssurance = {
  environment: "prod",
  releases: [openRelease, activeRelease],
  glasses: [sampleGlass],
  certificate: '{"payloadType":"application/vnd.in-toto+json"}',
  effects: sampleEffects,
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
