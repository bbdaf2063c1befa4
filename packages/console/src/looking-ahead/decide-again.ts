import { compilePolicies, type PolicyEngine } from "@narrowgate/policy";
import { CandidateJudge, type DecisionChange, overlaysAgainst } from "@narrowgate/verifier";
import { readDecisions, readOverlays } from "../api/policies.ts";
import type { BenchAnswer, BenchOrder } from "./messages.ts";

/** Changes that are kept for the list, the newest. */
const maxChanges = 500;

type WhatIfOrder = Extract<BenchOrder, { kind: "what-if" }>;

async function judgeAll(
  judge: CandidateJudge,
  { digest, sinceMs }: { readonly digest: string; readonly sinceMs: number },
  signal: AbortSignal,
  tell: (answer: BenchAnswer) => void,
): Promise<BenchAnswer> {
  const changes: DecisionChange[] = [];
  let left = 0;
  let undisclosed = 0;
  for (let from: number | undefined, isEnd = false; !isEnd; ) {
    const page = await readDecisions({ sinceMs, from }, signal);
    if (page.kind !== "ok") return page;
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
        digest,
        counts: judge.counts,
        forbidden: [...judge.forbidden],
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
 * Decides recorded requests again under a candidate, a stretch of the log at a time. What an overlay forbade stays
 * forbidden; of one that was lifted the server has no text any more, and what it may have forbidden cannot be asked.
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
  // Whoever does not want to wait any longer ends the worker.
  const { signal } = new AbortController();
  const read = await readOverlays(signal);
  if (read.kind !== "ok") return read;
  const texts = new Map(read.value.overlays.map(({ id, text }) => [id, text]));
  const overlayOf = overlaysAgainst(engine, bundle, (id) => texts.get(id));
  const { policies } = outcome;
  const judge = new CandidateJudge(policies, overlayOf);
  return judgeAll(judge, { digest: policies.digest, sinceMs }, signal, tell);
}
