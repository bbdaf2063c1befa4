import { catalogue } from "@narrowgate/assurance/reading";
import type {
  ControlResult,
  ControlVerdict,
  EntrySheet,
  Evaluation,
  WaiverLine,
} from "@narrowgate/contracts";
import { atMs, digest, id } from "./sample-words.ts";

/** Controls that come to something else than a pass. */
const odd: Readonly<Record<string, ControlVerdict>> = {
  "DEL-03": "fail",
  "IDN-01": "not_established",
  "EVD-04": "not_established",
  "TSC-02": "not_established",
  "TSC-03": "not_applicable",
  "CTN-03": "stale",
  "POL-07": "error",
  "IDN-05": "not_established",
};

/** The leaf of a call that breaks a control. */
export const violating: EntrySheet = {
  id: id("violating"),
  index: 4711,
  type: "decision",
  atMs,
  txn: `${"A".repeat(22)}.${"B".repeat(22)}`,
  agent: "refunds",
  sealed: ["inputs", "proof"],
  body: { action: "call", verdict: "permit", policy: digest },
};

function result(control: string): ControlResult {
  const verdict = odd[control] ?? "pass";
  const isFailed = verdict === "fail";
  const isOpen = verdict === "not_established" || verdict === "stale" || verdict === "error";
  return {
    control,
    verdict,
    population: { count: isOpen ? 0 : 1482, of: "tokens and calls of this agent" },
    decided: isOpen ? 0 : 1482,
    window: { from: atMs - 30 * 86_400_000, to: atMs },
    max_age_s: 86_400,
    vantage: ["The gate writes these leaves; a witness outside would notice if they were changed later."],
    violations: isFailed ? [{ entry: violating.id, says: "a call was permitted outside the task" }] : [],
    violations_in_all: isFailed ? 1 : 0,
    evidence: isOpen ? [] : [{ entry: violating.id, index: violating.index }],
    ...(isOpen ? { unmet: "there is nothing in the window that it could be seen from" } : {}),
    ...(verdict === "not_applicable" ? { predicate: "the agent reaches no tool that is not pinned" } : {}),
    drills: control === "CRD-01" ? [id("drill-1")] : [],
    parameters: { sampled: 96 },
  };
}

/** A control that was waived for a while. */
export const waiver: WaiverLine = {
  waiver: {
    format: "narrowgate-waiver/1",
    id: id("waiver"),
    control: "IDN-05",
    agent: "refunds",
    owner: "ana@example.com",
    reason: "the directory comes next month",
    compensating: "IDN-02",
    from: atMs - 86_400_000,
    until: atMs + 20 * 86_400_000,
  },
  asked: "b3BlcmF0b3ItMDAwMDAwMDE",
  state: "agreed",
};

/** An evaluation in which every kind of verdict is there. */
export const sampleEvaluation: Evaluation = {
  format: "narrowgate-evaluation/1",
  agent: "refunds",
  release: digest,
  catalogue: digest,
  evaluator: digest,
  profile: digest,
  log: { origin: "gate.example/log", size: 48_120, root: digest },
  at: atMs,
  results: catalogue.controls.map((control) => result(control.id)),
  waivers: [waiver.waiver],
  verdict: "not_ready",
  blocking: ["DEL-03", "POL-07"],
};
