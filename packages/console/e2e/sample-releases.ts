import type { GlassLine, ReleaseSheet } from "@narrowgate/contracts";
import { sampleEvaluation as evaluation } from "./sample-evaluation.ts";
import { atMs, digest, id, other } from "./sample-words.ts";

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
  evaluation,
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
  evaluation: { ...evaluation, verdict: "ready", blocking: [] },
  stands: { stops: [], left: 1 },
  history: [...openRelease.history, event(4, "activated", "olga")],
  drift: { stops: [], changes: openRelease.diff.filter(({ part }) => part === "tools").slice(0, 1) },
};

/** Somebody was let through an hour ago, and nobody reviewed it yet. */
export const sampleGlass: GlassLine = {
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
};
