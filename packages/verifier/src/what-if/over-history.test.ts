import { compilePolicies } from "@narrowgate/policy";
import { createNodeEngine } from "@narrowgate/policy/node";
import { recordSupportCase } from "@narrowgate/testkit/bundle";
import { beforeAll, describe, expect, test } from "vitest";
import { nodeCrypto } from "../crypto.node.ts";
import { CandidateJudge, type RecordedTransaction, readRecordedTransaction } from "../index.ts";
import { overlaysAgainst, overlaysOver } from "./over-history.ts";
import type { RecordedDecision } from "./recorded-decisions.ts";

const engine = createNodeEngine();
const texts: Readonly<Record<string, string>> = {
  stop: '@id("stop-calls") @reason("an incident") forbid(principal, action == Action::"call_tool", resource);',
  idle: '@id("idle") forbid(principal, action, resource) when { false };',
};

describe("decisions that were made under overlays", () => {
  let recorded: RecordedTransaction;
  let permit: RecordedDecision;
  beforeAll(async () => {
    const made = recordSupportCase(engine, { calls: 3 });
    recorded = readRecordedTransaction(nodeCrypto().sha256, await made.log.export(made.txn));
    const found = recorded.decisions.find(
      ({ verdict, inputs }) => verdict === "permit" && inputs.some(({ path }) => path === "/call"),
    );
    if (found === undefined) expect.unreachable();
    permit = found;
  });

  const under = (...overlays: readonly string[]): RecordedDecision => ({
    ...permit,
    inputs: [...permit.inputs, { path: "/overlays", value: [...overlays] }],
  });
  const refused = (decision: RecordedDecision): RecordedDecision => ({
    ...decision,
    verdict: "refuse",
    code: "policy_denied",
    policies: ["stop-calls"],
  });
  const overlayOf = () => {
    if (recorded.policies === undefined) expect.unreachable();
    return overlaysAgainst(engine, recorded.policies, (id) => texts[id]);
  };
  const judge = (withOverlays = true): CandidateJudge => {
    if (recorded.policies === undefined) expect.unreachable();
    const outcome = compilePolicies(engine, recorded.policies);
    if (outcome.kind === "rejected") expect.unreachable();
    return new CandidateJudge(outcome.policies, withOverlays ? overlayOf() : undefined);
  };

  test("say which overlay forbade them, and which could not be asked", () => {
    expect(overlaysOver(refused(under("idle", "stop", "gone")), overlayOf())).toEqual({
      forbidding: [{ overlay: "stop", policies: ["stop-calls"], reason: expect.any(String) }],
      unasked: ["gone"],
    });
    expect(overlaysOver(permit, overlayOf())).toEqual({ forbidding: [], unasked: [] });
  });

  test("stay forbidden under any candidate, and are counted by overlay", () => {
    const candidate = judge();
    expect(candidate.judge(refused(under("idle", "stop")))).toBeUndefined();
    expect(candidate.counts).toMatchObject({ same: 1, changed: 0 });
    expect([...candidate.forbidden]).toEqual([["stop", 1]]);
  });

  test("are decided by the candidate where no overlay spoke", () => {
    const candidate = judge();
    expect(candidate.judge(under("idle"))).toBeUndefined();
    expect(candidate.judge(refused(under("idle")))?.after).toMatchObject({ verdict: "permit" });
    expect(candidate.forbidden.size).toBe(0);
  });

  test("are not said to be let through where the overlay is not in hand", () => {
    expect(judge(false).judge(refused(under("stop")))?.after).toEqual({
      failed: "overlay stop is not in hand",
    });
    expect(judge(false).judge(under("stop"))).toBeUndefined();
  });
});
