import { type CompiledPolicies, compilePolicies, type PolicyEngine } from "@narrowgate/policy";
import { CandidateJudge, type DecisionChange } from "@narrowgate/verifier";
import { readDecisions } from "../api/policies.ts";
import type { BenchAnswer, BenchOrder } from "./messages.ts";

/** Changes that are kept for the list, the newest. */
const maxChanges = 500;

type WhatIfOrder = Extract<BenchOrder, { kind: "what-if" }>;

async function judgeAll(
  policies: CompiledPolicies,
  sinceMs: number,
  tell: (answer: BenchAnswer) => void,
): Promise<BenchAnswer> {
  const judge = new CandidateJudge(policies);
  const changes: DecisionChange[] = [];
  let left = 0;
  let undisclosed = 0;
  // Whoever does not want to wait any longer ends the worker.
  const { signal } = new AbortController();
  for (let from: number | undefined, isEnd = false; !isEnd; ) {
    const page = await readDecisions({ sinceMs, from }, signal);
    if (page.kind === "failed") return { kind: "failed", message: page.message };
    if (page.kind === "signed-out") return { kind: "signed-out" };
    const { decisions, next, undisclosed: hidden } = page.value;
    undisclosed += hidden;
    for (const decision of decisions) {
      const change = judge.judge(decision);
      if (change !== undefined) changes.push(change);
    }
    left += changes.splice(0, Math.max(0, changes.length - maxChanges)).length;
    tell({
      kind: "judged",
      whatIf: {
        digest: policies.digest,
        counts: judge.counts,
        changes: changes.map(({ txn, atMs, before, after }) => ({ txn, atMs, before, after })),
        left,
        undisclosed,
      },
    });
    from = next;
    isEnd = next === undefined;
  }
  return { kind: "done" };
}

/**
 * Decides recorded requests again under a candidate, a stretch of the log at a time.
 * @param tell - told after each stretch
 * @returns the last answer
 */
export async function decideAgain(
  engine: PolicyEngine,
  { bundle, sinceMs }: WhatIfOrder,
  tell: (answer: BenchAnswer) => void,
): Promise<BenchAnswer> {
  const outcome = compilePolicies(engine, bundle);
  if (outcome.kind === "rejected") return { kind: "rejected", problems: outcome.problems };
  return judgeAll(outcome.policies, sinceMs, tell);
}
