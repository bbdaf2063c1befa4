import type { PolicyFiles, PolicySurroundings } from "@narrowgate/contracts";
import { compilePolicies, type PolicyEngine } from "@narrowgate/policy";
import { recordSupportCase } from "@narrowgate/testkit/bundle";
import type { ServedPolicies } from "@narrowgate/testkit/pages";
import { readRecordedTransaction } from "@narrowgate/verifier";
import { nodeCrypto } from "@narrowgate/verifier/node";

/** Policies with two versions, and what was decided under the newest. */
export interface SamplePolicies extends Required<Omit<ServedPolicies, "author" | "overlays" | "pageLength">> {
  readonly txn: string;
  readonly inForce: PolicyFiles;
  /** Ids of the policies in force. */
  readonly ids: readonly string[];
}

/** Policies that are new in the second version: one forbids nothing that was asked, one is about nobody. */
export const newerPolicy = `@id("no-secrets")
@reason("secrets stay where they are")
@approval("approver#1")
forbid (principal, action == Action::"call_tool", resource)
when { resource.dataClass == "restricted" }
unless { context.approvals.contains("approver#1") };

@id("ghost") permit (principal == Agent::"ghost", action == Action::"mint_token", resource);`;

/** A candidate's policy that refuses all calls. */
export const stopPolicy = `@id("stop") forbid (principal, action == Action::"call_tool", resource);`;

/** Tests of the newest version: one passes, one does not. */
export const sampleTests = `cases:
  - name: secrets wait for a person
    principal: { id: triage, attrs: {} }
    action: call_tool
    resource: { id: files/secret, attrs: { dataClass: restricted } }
    expect: deny
    policies: [no-secrets]
  - name: nothing is allowed
    principal: triage
    action: call_tool
    resource: files/read_text_file
    expect: deny
    policies: [no-secrets]
`;

const operation = { dataClass: "internal", effect: "read", egress: false } as const;

const surroundings: PolicySurroundings = {
  agentsInAll: 2,
  agents: ["orchestrator", "triage"].map((id) => ({
    id,
    owner: "ana@example.com",
    purpose: "answers tickets",
    tier: "T2",
    ceiling: {
      authorization_details: [{ type: "mcp_tool", server: "files", tools: ["read_text_file"] }],
    },
  })),
  servers: [
    {
      id: "files",
      tools: [
        { ...operation, name: "read_text_file" },
        { ...operation, name: "forgotten", effect: "irreversible", dataClass: "restricted" },
      ],
      prompts: [],
      resources: [],
    },
  ],
};

/** Records a support case, and serves its policies and decisions as an instance would. */
export async function samplePolicies(engine: PolicyEngine): Promise<SamplePolicies> {
  const made = recordSupportCase(engine, { calls: 3 });
  const { policies, decisions, txn } = readRecordedTransaction(
    nodeCrypto().sha256,
    await made.log.export(made.txn),
  );
  const schema = policies?.schema ?? "";
  const first = { files: [...(policies?.files ?? [])], schema };
  const inForce = { files: [...first.files, { name: "secrets.cedar", text: newerPolicy }], schema };
  const compile = (bundle: PolicyFiles) => compilePolicies(engine, bundle);
  const digestOf = (bundle: PolicyFiles): string => {
    const outcome = compile(bundle);
    return outcome.kind === "compiled" ? outcome.policies.digest : JSON.stringify(outcome.problems);
  };
  const compiled = compile(inForce);
  const procedure = engine.procedureDigest;
  const approver = { ref: "b3BlcmF0b3ItMDAwMDAwMDE", name: "Bo" };
  const atMs = 1_795_000_000_000;
  return {
    txn,
    inForce,
    ids: compiled.kind === "compiled" ? compiled.policies.ids() : [],
    needsTwo: true,
    versions: [
      { atMs, digest: digestOf(first), procedure, approver, bundle: first },
      { atMs: atMs + 60_000, digest: digestOf(inForce), procedure, approver, bundle: inForce },
    ],
    shadow: {
      state: "on",
      digest: digestOf(first),
      sinceMs: atMs,
      counts: { judged: 41, same: 40, changed: 1, beforePolicy: 0, distinct: 7 },
      dropped: 0,
      waiting: 0,
      samples: [
        {
          txn,
          atMs: atMs + 5_000,
          before: { verdict: "permit", policies: ["reads"], requires: [] },
          after: {
            verdict: "refuse",
            code: "approval_required",
            policies: ["eyes"],
            requires: ["officer#1"],
          },
        },
      ],
    },
    surroundings,
    // Recorded long ago: the page asks for the last days alone.
    decisions: decisions.map((decision, n) => ({ ...decision, atMs: Date.now() - 60_000 + n })),
  };
}
