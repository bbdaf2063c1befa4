import { type AccessTokenClaims, BOTTOM_LABEL } from "@narrowgate/contracts";
import { type JsonObject, manualClock, randomId } from "@narrowgate/kernel";
import { compilePolicies, schemaFromRegistry } from "@narrowgate/policy";
import { createNodeEngine } from "@narrowgate/policy/node";
import type { Known } from "../../src/decisions/build-request.ts";
import { type CallQuestion, createCallDecider } from "../../src/decisions/index.ts";
import type { Salter } from "../../src/decisions/stable-inputs.ts";

export const asTheyAre: Salter = (list) => list;
export const clock = manualClock(1_795_000_000_000);
export const digest = randomId(32);
const { schema } = schemaFromRegistry({ tools: [] });
const text = `@id("allow") permit(principal, action, resource);
  @id("no-writes") forbid(principal is Agent, action, resource is Tool) when { resource.effect == "write" };`;
const outcome = compilePolicies(createNodeEngine(), { files: [{ name: "t.cedar", text }], schema });
export const compiled = outcome.kind === "compiled" ? outcome.policies : undefined;

export const bottom = { label: BOTTOM_LABEL, entry: randomId() };
export const nothingKnown: Known = {
  labels: { transaction: bottom, instance: bottom, declared: bottom },
  spent: { amount: 0, calls: 0, rows: 0 },
  approvals: [],
  overlays: [],
};

export function decider(known: Known = nothingKnown) {
  if (compiled === undefined) throw new TypeError("the policies of this test do not compile");
  return createCallDecider(
    {
      clock,
      env: "dev",
      policies: () => ({ compiled, procedure: digest, overlays: known.overlays }),
      flow: { labels: () => known.labels, spent: () => known.spent },
      approvals: { held: () => known.approvals },
    },
    asTheyAre,
  );
}

export const tokenDetail = { type: "mcp_tool", server: "files", tools: ["read"], data_class: "internal" };

export interface Over {
  readonly details?: readonly JsonObject[];
  readonly scope?: string;
  readonly act?: AccessTokenClaims["act"];
  readonly question?: Partial<CallQuestion>;
  readonly effect?: "read" | "write";
}

export function question({
  details = [tokenDetail],
  scope = "files:use",
  act,
  question: over,
  effect = "read",
}: Over = {}): CallQuestion {
  const entry = randomId();
  return {
    claims: {
      iss: "https://gate.test",
      aud: "https://gate.test/mcp/files",
      sub: "ada",
      sub_profile: "user",
      client_id: "triage",
      scope,
      exp: 1_795_000_300,
      iat: 1_795_000_000,
      jti: randomId(),
      txn: `${randomId()}.${randomId()}`,
      cnf: { jkt: digest },
      ...(act === undefined ? {} : { act }),
      authorization_details: details,
      ng: {
        v: 1,
        mandate: entry,
        instance: entry,
        basis: "signed_by_subject",
        assurance: "enrolled",
        env: "dev",
        epochs: [],
        reach: ["https://gate.test/mcp/files"],
      },
    },
    agent: {
      id: "triage",
      ref: entry,
      entry,
      version: 1,
      state: "active",
      owner: "o",
      deputy: "d",
      purpose: "p",
      tier: "T2",
      expires: 2e9,
      delegates: [],
      ceiling: {},
      bindings: [],
    },
    mandate: {
      id: entry,
      txn: "t",
      entry,
      document: {
        v: 1,
        salt: entry,
        agent: "triage",
        subject: "s",
        purpose: "resolve",
        authority: { authorization_details: [], resource: [], scope: [] },
        expires: 2e9,
        idleSeconds: 60,
      },
      digest,
      subjectRef: entry,
      basis: "signed_by_subject",
      state: "open",
      openedAtMs: 1_794_999_990_500,
    },
    server: {
      id: "files",
      ref: entry,
      entry,
      version: 1,
      state: "active",
      upstream: { transport: "http", url: "http://x", auth: "none" },
      tools: [],
      prompts: [],
      resources: [],
      allowUpstreamRequests: [],
    },
    kind: "tool",
    name: "read",
    record: { name: "read", dataClass: "internal", effect, egress: false, scope: "files:use" },
    arguments: {},
    pin: { current: digest, approved: digest },
    bodySigned: true,
    ...over,
  };
}
