import { compilePolicies, type PolicyBundle } from "@narrowgate/policy";
import { createNodeEngine } from "@narrowgate/policy/node";
import { recordSupportCase } from "@narrowgate/testkit/bundle";
import { beforeAll, describe, expect, test } from "vitest";
import { nodeCrypto } from "../crypto.node.ts";
import { CandidateJudge, type RecordedTransaction, readRecordedTransaction } from "../index.ts";
import { readBundle } from "../read-bundle.ts";
import { policiesByDecision } from "./recorded-decisions.ts";

const engine = createNodeEngine();

describe("other policies over recorded decisions", () => {
  let recorded: RecordedTransaction;
  let bytes: Uint8Array;
  beforeAll(async () => {
    const made = recordSupportCase(engine, { calls: 3, afterPolicy: true, approved: true });
    bytes = await made.log.export(made.txn);
    recorded = readRecordedTransaction(nodeCrypto().sha256, bytes);
  });

  function judge(edit: (text: string) => string) {
    const { policies } = recorded;
    if (policies === undefined) expect.unreachable();
    const bundle: PolicyBundle = {
      schema: policies.schema,
      files: policies.files.map(({ name, text }) => ({ name, text: edit(text) })),
    };
    const outcome = compilePolicies(engine, bundle);
    if (outcome.kind === "rejected") expect.fail(JSON.stringify(outcome.problems));
    const candidate = new CandidateJudge(outcome.policies);
    const changes = recorded.decisions.flatMap((decision) => candidate.judge(decision) ?? []);
    return { changes, counts: candidate.counts };
  }

  test("the same policies change nothing, and identical inputs are decided once", () => {
    const { changes, counts } = judge((text) => text);
    expect(changes).toEqual([]);
    expect(counts.judged).toBe(recorded.decisions.length);
    expect(counts.distinct).toBeLessThan(counts.judged);
  });

  test("a policy more refuses what was permitted, by name, and leaves alone what no policy decided", () => {
    const more = `\n@id("stop") forbid(principal, action == Action::"call_tool", resource);`;
    const { changes, counts } = judge((text) => `${text}${more}`);
    const permitted = recorded.decisions.filter(({ verdict }) => verdict === "permit");
    expect(permitted.length).toBeGreaterThan(2);
    expect(changes.length).toBeGreaterThan(2);
    for (const { after } of changes)
      expect(after).toMatchObject({ verdict: "refuse", code: "policy_denied" });
    expect(counts.same + counts.changed + counts.beforePolicy).toBe(counts.judged);
  });

  test("a signature more is a change of what is required", () => {
    const more = `\n@id("eyes") @approval("officer#1") forbid(principal, action == Action::"call_tool", resource)
      unless { context.approvals.contains("officer#1") };`;
    const { changes } = judge((text) => `${text}${more}`);
    expect(changes.some(({ after }) => "requires" in after && after.requires.includes("officer#1"))).toBe(
      true,
    );
  });

  test("what the candidate cannot be asked is a difference, not a failure", () => {
    const first = recorded.decisions[0];
    if (first === undefined || recorded.policies === undefined) expect.unreachable();
    const outcome = compilePolicies(engine, recorded.policies);
    if (outcome.kind === "rejected") expect.unreachable();
    const broken = { ...first, inputs: first.inputs.filter(({ path }) => path !== "/principal") };
    expect(new CandidateJudge(outcome.policies).judge(broken)?.after).toEqual({ failed: "malformed_input" });
  });

  test("a decision belongs to the policies before it, whatever came into force in the same transaction later", () => {
    const outcome = readBundle(nodeCrypto().sha256, bytes);
    if (outcome.kind === "refused") expect.unreachable();
    const { entries } = outcome;
    const policy = entries.find(({ leaf }) => leaf.type === "policy");
    const [first, second] = entries.filter(({ leaf }) => recorded.decisions.some(({ id }) => id === leaf.id));
    const content = policy?.openings.content;
    if (policy === undefined || content === undefined || first === undefined || second === undefined)
      expect.unreachable();
    const later = { ...policy, openings: { content: { ...content, bundle: { schema: "{}", files: [] } } } };
    const found = policiesByDecision([policy, first, later, second]);
    expect(found.get(first.leaf.id)).toEqual(recorded.policies);
    expect(found.get(second.leaf.id)?.files).toEqual([]);
    expect(policiesByDecision([first, policy]).size).toBe(0);
  });

  test("a bundle that is none is refused", () => {
    expect(() => readRecordedTransaction(nodeCrypto().sha256, new Uint8Array([123, 125]))).toThrow();
  });
});
