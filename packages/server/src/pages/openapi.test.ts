import { readFileSync } from "node:fs";
import type {
  AgentSheet,
  DrillResult,
  DrillRun,
  Evaluation,
  PersonLine,
  PolicyVersion,
  ReleaseSheet,
  ShadowReport,
  TransactionSummary,
} from "@narrowgate/contracts";
import { expect, test } from "vitest";
import { answerMismatches, describedOperations, member } from "../../test/openapi-mismatches.ts";
import { openPagesWorld } from "../../test/pages/pages-world.ts";
import { API_ROUTES } from "./answer-api.ts";

const page = new URL("../../../../docs/reference/console-openapi.json", import.meta.url);
const description: unknown = JSON.parse(readFileSync(page, "utf8"));

const digest = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const txn = `${"A".repeat(22)}.${"B".repeat(22)}`;
const by = { ref: "b3BlcmF0b3ItMDAwMDAwMDE", name: "Bo" };
const summary: TransactionSummary = {
  id: txn,
  subject: "ana",
  agents: ["triage"],
  purpose: "p",
  state: "open",
  permits: 1,
  refusals: 0,
  lastActivityMs: 1,
};
const sheet: AgentSheet = {
  id: "triage",
  tier: "T2",
  owner: "o",
  state: "active",
  expires: 1,
  servers: ["files"],
  deputy: "d",
  purpose: "p",
  delegates: [],
  ceiling: [{ type: "mcp_tool" }],
  instances: [{ ref: "r", name: "", method: "join", assurance: "low", state: "live", lastMs: 1 }],
};
const consent = {
  agent: "triage",
  mandate: "m",
  txn,
  redirectHost: "",
  atMs: 1,
  expiresAtMs: 2,
  lastUsedMs: 1,
};
const person: PersonLine = {
  ref: "p",
  name: "Ana",
  roles: ["auditor"],
  passkeys: ["virtual"],
  consentCount: 1,
  consents: [consent],
};
const version: Omit<PolicyVersion, "version"> = {
  atMs: 1,
  digest,
  procedure: digest,
  approver: by,
  bundle: { files: [{ name: "a.cedar", text: "" }], schema: "{}" },
};
const outcome = { verdict: "permit", policies: [], requires: [] } as const;
const shadow: ShadowReport = {
  state: "on",
  digest,
  sinceMs: 1,
  counts: { judged: 2, same: 0, changed: 2, beforePolicy: 0, distinct: 1 },
  dropped: 0,
  waiting: 0,
  samples: [
    { txn, atMs: 1, before: outcome, after: { failed: "malformed_input" } },
    { txn, atMs: 1, before: outcome, after: { ...outcome, verdict: "refuse", code: "policy_denied" } },
  ],
};
const operation = { name: "read", dataClass: "internal", effect: "read", egress: false } as const;
const call = {
  id: "w",
  agent: "a",
  subject: "s",
  server: "x",
  operation: "tool y",
  effect: "write",
  requires: ["approver#1"],
  missing: [],
  askedAtMs: 1,
  notAfterMs: 2,
  url: "https://approve.example/",
};
const disclosed = async () => ({ from: 0, count: 1, content: summary });

const entry = "A".repeat(22);
const evaluation: Evaluation = {
  format: "narrowgate-evaluation/1",
  agent: "triage",
  release: digest,
  catalogue: digest,
  evaluator: digest,
  profile: digest,
  log: { origin: "o", size: 1, root: digest },
  at: 1,
  results: [],
  waivers: [],
  verdict: "ready",
  blocking: [],
};
const change = { part: "declared", change: "changed", name: "model", before: "a", after: "b" } as const;
const release: ReleaseSheet = {
  id: entry,
  agent: "triage",
  state: "open",
  release: digest,
  deployment: digest,
  environment: "prod",
  profile: { name: "foundation", version: 1 },
  author: "Bo",
  proposed_at: 1,
  not_after: 2,
  signed: [{ role: "iam", name: "Ana" }],
  missing: ["pam"],
  lapsed: [],
  blocking: ["DEL-01"],
  ready: "not_ready",
  url: "https://approve.example/release#h",
  diff: [change],
  manifest: {
    v: 1,
    agent: { id: "triage", purpose: "p", tier: "T2", delegates: [] },
    ceiling: {},
    tools: [],
    policies: [],
    response_rules: [],
    procedure: digest,
    brokers: [],
    attested: [],
    declared: { model: "b" },
  },
  deployment_document: {
    v: 1,
    release: digest,
    environment: "prod",
    policy: digest,
    issuer: "https://gate.example",
    audiences: [],
    trusted_issuers: [],
    owner: "o",
    deputy: "d",
    bindings: digest,
    upstreams: [],
    signers: [],
  },
  evaluation,
  history: [{ entry, index: 1, atMs: 1, action: "signed", who: "Ana", role: "iam" }],
  drift: { stops: ["declared"], changes: [change] },
};
const result: DrillResult = {
  format: "narrowgate-drill/1",
  drill: "DR-01",
  scenario: digest,
  build: digest,
  load: "L1",
  calls_per_s: 2.5,
  seed: 1,
  expected: "refused",
  trials: 100,
  failures: 0,
  bound: 0.03,
  verdict: "pass",
  observed: [],
  figures: {},
  simulated: [],
  started: 1,
  ended: 2,
  evidence: { origin: "o", from: 0, checkpoint: "c" },
};
const drill = { entry, index: 3, result };
const run: DrillRun = {
  run: entry,
  by: "Bo",
  state: "stopping",
  beganMs: 1,
  heardMs: 2,
  stoppedBy: "Ana",
  agent: "triage",
  drills: [
    { drill: "DR-01", load: "L1", name: "n", state: "running", trials: 1, failures: 0, elapsedMs: 1 },
    { drill: "DR-02", load: "L1", state: "planned", trials: 0, failures: 0, elapsedMs: 0 },
  ],
  calls: 3,
  points: [
    { atMs: 1, callsPerS: 2.5, p50Ms: 1.5, p99Ms: 9 },
    { atMs: 2, callsPerS: 0 },
  ],
  trouble: "t",
};
const waiver = {
  waiver: {
    format: "narrowgate-waiver/1",
    id: entry,
    control: "IDN-05",
    agent: "triage",
    owner: "o",
    reason: "r",
    compensating: "IDN-02",
    from: 1,
    until: 2,
  },
  asked: by.ref,
  state: "agreed",
} as const;
const counts = [{ verdict: "pass", count: 3 }];
const line = { entry, atMs: 1, verdict: "ready", blocking: 0, counts } as const;

/** A world in which every part of every answer is there. */
const everything = {
  house: {
    overview: { witnesses: [{ name: "w", last: "cosigned", behind: 0 }] },
    waiting: [call],
    refusals: [{ entry: "e", txn, atMs: 1, action: "call", code: "policy_denied" }],
  },
  roll: { agents: [sheet], people: [person], transactions: [summary] },
  policies: {
    versions: [version],
    author: by,
    shadow,
    surroundings: {
      agentsInAll: 1,
      agents: [{ id: "triage", owner: "o", purpose: "p", tier: "T2", ceiling: {} }],
      servers: [{ id: "files", tools: [operation], prompts: [], resources: [] }],
    },
    overlays: [{ id: "o", text: "forbid (principal, action, resource);" }],
    decisions: [{ ...outcome, id: "d", txn, atMs: 1, code: "policy_denied", inputs: [] }],
  },
  assurance: {
    releases: [release],
    glasses: [
      {
        id: entry,
        agent: "triage",
        state: "due",
        asked_by: "Bo",
        asked_at: 1,
        signed: [{ role: "security", name: "Ana" }],
        until: 2,
        review_due: 3,
        overdue: false,
      },
    ],
    certificate: "{}",
    readiness: [{ agent: "triage", tier: "T2", newest: line }],
    sheets: [
      {
        agent: "triage",
        tier: "T2",
        profile: { name: "foundation", version: 1, controls: ["DEL-01"] },
        newest: { entry, index: 1, isOfThisCatalogue: true, evaluation },
        drills: [drill],
        waivers: [waiver],
      },
    ],
    drills: [drill],
    run: () => run,
    trail: {
      origin: "o",
      readings: [{ entry, atMs: 1, who: "Ana", kind: "person", from: 0, count: 1 }],
      assurance: [{ entry, index: 1, atMs: 1, what: "evaluation", agent: "triage" }],
      waivers: [waiver],
    },
    entries: [{ id: entry, index: 1, type: "decision", atMs: 1, txn, agent: "triage", sealed: [], body: {} }],
  },
  reading: {
    listTransactions: async () => ({
      from: 0,
      count: 1,
      content: { transactions: [summary], next: "n" },
    }),
    readTransaction: disclosed,
    exportBundle: async () => ({ from: 0, count: 1, content: new TextEncoder().encode("{}") }),
  },
} as const;

test("describes each route, and nothing that is none", () => {
  expect([...describedOperations(description)].sort()).toEqual(
    API_ROUTES.map(({ method, path }) => `${method} ${path}`).sort(),
  );
});

test("every reference leads somewhere, and every operation has a name of its own", () => {
  const refs = [...JSON.stringify(description).matchAll(/"\$ref":"#\/([^"]+)"/g)];
  for (const [, path = ""] of refs) expect(member(description, ...path.split("/")), path).toBeDefined();
  const names = API_ROUTES.map(({ method, path }) =>
    member(description, "paths", path, method.toLowerCase(), "operationId"),
  );
  expect(new Set(names).size).toBe(names.length);
});

const readings = API_ROUTES.filter(({ method }) => method === "GET").map(({ path }) => path);

test.each(readings)("GET %s answers what is described, to whoever is signed in", async (path) => {
  const { get } = await openPagesWorld(everything);
  const isLeaf = path.startsWith("/api/releases") || path.startsWith("/api/entries");
  const id = path.startsWith("/api/agents") ? "triage" : isLeaf ? entry : txn;
  const target = path.replace("{id}", id).replace("{version}", "1");
  const answer = await get(target);
  expect(answerMismatches(description, { method: "GET", path }, answer)).toEqual([]);
  expect(answer.status).toBe(200);
  expect((await get(target, "")).status).toBe(401);
});

test("POST /api/drills/run/stop answers what is described", async () => {
  const { post } = await openPagesWorld(everything);
  const at = { method: "POST", path: "/api/drills/run/stop" };
  const answer = await post(at.path, { run: entry });
  expect(answer.status).toBe(200);
  expect(answerMismatches(description, at, answer)).toEqual([]);
});

test("a shadow that is off is described too", async () => {
  const { get } = await openPagesWorld({});
  const at = { method: "GET", path: "/api/policy-shadow" };
  expect(answerMismatches(description, at, await get(at.path))).toEqual([]);
});
