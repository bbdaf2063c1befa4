import { checkApprovals } from "./checks/check-approvals.ts";
import { checkApprovedCalls } from "./checks/check-approved-calls.ts";
import { checkAssurance } from "./checks/check-assurance.ts";
import { checkChains } from "./checks/check-chains.ts";
import { checkCheckpoint, type Head } from "./checks/check-checkpoint.ts";
import { checkClosing, isOver } from "./checks/check-closing.ts";
import { checkDecisions } from "./checks/check-decisions.ts";
import { checkDispatches, checkSignedArguments } from "./checks/check-dispatches.ts";
import { checkEffects } from "./checks/check-effects.ts";
import { checkEntitled } from "./checks/check-entitled.ts";
import { checkExactSet } from "./checks/check-exact-set.ts";
import { checkFeed } from "./checks/check-feed.ts";
import { checkFlow } from "./checks/check-flow.ts";
import { checkHops } from "./checks/check-hops.ts";
import { checkInclusion } from "./checks/check-inclusion.ts";
import { checkOpenings } from "./checks/check-openings.ts";
import { checkOperators } from "./checks/check-operators.ts";
import { checkPossession } from "./checks/check-possession.ts";
import { checkReleasedCalls } from "./checks/check-released-calls.ts";
import { checkReleasedPolicies } from "./checks/check-released-policies.ts";
import { checkReleases } from "./checks/check-releases.ts";
import { checkResponseRules } from "./checks/check-response-rules.ts";
import { checkSubjects } from "./checks/check-subjects.ts";
import { checkTokenSignatures } from "./checks/check-token-signatures.ts";
import { type Evidence, indexBundle, type VerifyOptions } from "./evidence.ts";
import { Findings } from "./findings.ts";
import { readBundle } from "./read-bundle.ts";
import type { Failure, LineStatus, Report, Standing, Verdict } from "./report.ts";
import { tellLines } from "./story/tell-story.ts";
import { readTokens } from "./token-facts.ts";

/** Wall time by phase. `performance` is the one clock used: it never decides anything. */
class Stopwatch {
  readonly timings: Record<string, number> = {};
  #last = performance.now();

  lap(phase: string): void {
    const now = performance.now();
    this.timings[phase] = Math.round((now - this.#last) * 1000) / 1000;
    this.#last = now;
  }
}

function countStatuses(statuses: readonly LineStatus[]): Record<LineStatus, number> {
  const counts = { proven: 0, signed: 0, claimed: 0, erased: 0, missing: 0 };
  for (const status of statuses) counts[status]++;
  return counts;
}

function standingOf({ trust }: VerifyOptions): Standing {
  if (trust === undefined) return "self-consistent";
  return trust.witnesses.threshold > 0 ? "verified" : "verified, unwitnessed";
}

function verdictOf(
  evidence: Evidence,
  options: VerifyOptions,
  failures: readonly Failure[],
): { readonly verdict: Verdict; readonly upToHere?: Standing } {
  if (failures.length > 0) return { verdict: "failed" };
  const standing = standingOf(options);
  return isOver(evidence) ? { verdict: standing } : { verdict: "open", upToHere: standing };
}

function emptyReport(failures: readonly Failure[], timings: Report["timings"]): Report {
  return {
    verdict: "failed",
    failures,
    counts: countStatuses([]),
    decisions: { recomputed: 0, refusedBeforePolicy: 0, notRecomputed: 0 },
    provenance: { derived: 0, signed: 0, gate: 0 },
    story: [],
    notes: [],
    witnesses: [],
    timings,
  };
}

function subjectOf({ bundle: { txn, release } }: Evidence): Pick<Report, "txn" | "release"> {
  return { ...(txn === undefined ? {} : { txn }), ...(release === undefined ? {} : { release }) };
}

function checkLog(evidence: Evidence, findings: Findings, head: Head): void {
  findings.attempt("E-22", undefined, () => checkInclusion(evidence, findings, head.checkpoint));
  findings.attempt("E-3", undefined, () => checkChains(evidence, findings));
  findings.attempt("E-22", undefined, () => checkExactSet(evidence, findings));
  // ORDER: openings first: every later check asks it what became of a part.
  findings.attempt("E-7", undefined, () => checkOpenings(evidence, findings));
  findings.attempt("E-11", undefined, () => checkEffects(evidence, findings));
  findings.attempt("E-13", undefined, () => checkClosing(evidence, findings));
  findings.attempt("E-14", undefined, () => checkFeed(evidence, findings));
}

async function checkAll(
  evidence: Evidence,
  findings: Findings,
  [head, watch]: readonly [Head, Stopwatch],
): Promise<Omit<Report, "verdict" | "upToHere" | "failures" | "notes" | "timings">> {
  checkLog(evidence, findings, head);
  watch.lap("log");
  const tokens = readTokens(evidence, findings);
  checkHops(evidence, findings, tokens);
  watch.lap("hops");
  await findings.attemptAsync("E-19", undefined, () => checkTokenSignatures(evidence, findings));
  const possession = await findings.attemptAsync("E-20", undefined, () =>
    checkPossession(evidence, findings),
  );
  const byOperator = await checkOperators(evidence, findings);
  await checkSubjects(evidence, findings, byOperator);
  checkEntitled(evidence, findings);
  const given = await checkApprovals(evidence, findings);
  checkAssurance(evidence, findings);
  const activated = await checkReleases(evidence, findings, head.key);
  watch.lap("signatures");
  const decided = checkDecisions(evidence, findings, tokens);
  const { decisions, provenance, requests, redactions, policies } = decided;
  checkFlow({ evidence, findings, given, requests });
  checkReleasedCalls({ evidence, findings, tokens, requests, activated });
  checkReleasedPolicies({ evidence, findings, tokens, policies, activated });
  checkResponseRules(evidence, findings, requests);
  checkApprovedCalls(evidence, findings, { given, requests });
  checkDispatches(evidence, findings, { requests, redactions });
  const signed = possession ?? new Set<string>();
  checkSignedArguments(evidence, findings, { requests, signed });
  watch.lap("decisions");
  const story = tellLines({ evidence, findings, tokens, requests, signedArguments: signed });
  watch.lap("story");
  return {
    counts: countStatuses(story.map(({ status }) => status)),
    decisions,
    provenance,
    story,
    ...subjectOf(evidence),
    log: { origin: head.checkpoint.origin, size: head.checkpoint.size },
    witnesses: head.witnesses.map(({ name, time }) => ({ name, time })),
  };
}

/**
 * Verifies a proof bundle offline: the log, the hops, every signature, every decision.
 * Trust: `bytes` are attacker-controlled; the trust file is the caller's own. No network, no clock, no code of the bundle.
 * Never throws on input.
 * @see docs/spec/evidence.md sections 5 to 8
 */
export async function verifyBundle(bytes: Uint8Array, options: VerifyOptions): Promise<Report> {
  const watch = new Stopwatch();
  const read = readBundle(options.crypto.sha256, bytes);
  watch.lap("read");
  if (read.kind === "refused") return emptyReport([read.failure], watch.timings);
  const findings = new Findings();
  const evidence = indexBundle(read.bundle, read.entries, options);
  watch.lap("index");
  const { failures, notes } = findings;
  const head = await findings.attemptAsync("E-24", undefined, () => checkCheckpoint(evidence, findings));
  // ORDER: a head that nobody vouches for proves nothing, so nothing under it is looked at or told.
  if (head === undefined) return emptyReport(failures, watch.timings);
  const checked = await checkAll(evidence, findings, [head, watch]);
  return { ...verdictOf(evidence, options, failures), failures, notes, timings: watch.timings, ...checked };
}
