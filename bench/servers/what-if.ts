/** Recorded decisions made again under other policies, on one core. */
import { parseInputsOpening } from "@narrowgate/contracts";
import { compilePolicies } from "@narrowgate/policy";
import { createNodeEngine } from "@narrowgate/policy/node";
import { recordSupportCase } from "@narrowgate/testkit/bundle";
import {
  CandidateJudge,
  type JudgedCounts,
  type RecordedDecision,
  readRecordedTransaction,
} from "@narrowgate/verifier";
import { nodeCrypto } from "@narrowgate/verifier/node";
import { answerParent } from "../processes/answer-parent.ts";

const engine = createNodeEngine();
const PAGE = 512;
/** Paths that tickets have, and transactions a decision is one of. */
const TICKETS = 2000;
const CALLS_OF_TRANSACTION = 20;

/** What one run took. */
export interface Judged extends JudgedCounts {
  readonly wallMs: number;
  /** Of it: writing what the pages of the admin API hold, which is not part of what is measured. */
  readonly generatingMs: number;
  /** CPU of what is measured. */
  readonly cpuMs: number;
}

let history: { readonly decision: RecordedDecision; readonly judge: CandidateJudge } | undefined;

function valueAt(path: string, value: unknown, i: number): unknown {
  const txn = Math.floor(i / CALLS_OF_TRANSACTION);
  const call = i % CALLS_OF_TRANSACTION;
  switch (path) {
    case "/context/args":
      // Every fiftieth is one that a policy forbids.
      return { path: `/tickets/${i % 50 === 0 ? "private/" : ""}${(i * 7919) % TICKETS}` };
    case "/context/time":
      return {
        hour_utc: Math.floor(i / 3600) % 24,
        unix_s: 1_795_000_000 + i,
        weekday_utc: Math.floor(i / 86_400) % 7,
      };
    case "/context/txn":
      return `transaction-${txn}`;
    case "/context/spent":
      return { amount: 0, calls: call, rows: call * 3 };
    case "/context/mandate":
      return { ...Object(value), age_s: call };
    default:
      return value;
  }
}

function pageOf({ inputs, ...decision }: RecordedDecision, from: number, count: number): string {
  const decisions = Array.from({ length: count }, (_, k) => {
    const i = from + k;
    const varied = inputs.map((input) => ({ ...input, value: valueAt(input.path, input.value, i) }));
    return {
      ...decision,
      id: `decision-${i}`,
      txn: `transaction-${Math.floor(i / CALLS_OF_TRANSACTION)}`,
      inputs: varied,
    };
  });
  return JSON.stringify({ decisions });
}

function readPage(text: string): readonly RecordedDecision[] {
  const { decisions }: { decisions: readonly RecordedDecision[] } = JSON.parse(text);
  return decisions.map((decision) => ({
    ...decision,
    inputs: parseInputsOpening(decision.inputs).flatMap((input) => ("commitment" in input ? [] : [input])),
  }));
}

const api = {
  /** Records a call, and compiles a candidate with one policy more than the recorded ones. */
  async prepare({ policies }: { readonly policies: number }): Promise<void> {
    const recorded = recordSupportCase(engine, { calls: 1, furtherPolicies: policies - 3 });
    const made = readRecordedTransaction(nodeCrypto().sha256, await recorded.log.export(recorded.txn));
    const decision = made.decisions.find(({ inputs }) => inputs.some(({ path }) => path === "/context/args"));
    if (decision === undefined || made.policies === undefined) throw new RangeError("no call was recorded");
    const text =
      '@id("even") forbid(principal, action == Action::"call_tool", resource) when { context.spent.calls >= 18 };';
    const files = [...made.policies.files, { name: "candidate.cedar", text }];
    const compiled = compilePolicies(engine, { files, schema: made.policies.schema });
    if (compiled.kind === "rejected") throw new RangeError(JSON.stringify(compiled.problems));
    history = { decision, judge: new CandidateJudge(compiled.policies) };
  },
  /** Judges decisions `from` to `from + count`. */
  async judge({ from, count }: { readonly from: number; readonly count: number }): Promise<Judged> {
    if (history === undefined) throw new RangeError("prepare first");
    const { decision, judge } = history;
    const started = performance.now();
    let [generatingMs, cpuMs] = [0, 0];
    for (let done = 0; done < count; done += PAGE) {
      const before = performance.now();
      const text = pageOf(decision, from + done, Math.min(PAGE, count - done));
      generatingMs += performance.now() - before;
      const used = process.cpuUsage();
      for (const one of readPage(text)) judge.judge(one);
      const { user, system } = process.cpuUsage(used);
      cpuMs += (user + system) / 1000;
    }
    return { ...judge.counts, wallMs: performance.now() - started, generatingMs, cpuMs };
  },
};

/** What the bench asks of this process. */
export type WhatIfApi = typeof api;

answerParent(api);
