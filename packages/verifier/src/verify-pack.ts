import {
  type BundleEntry,
  countedDrills,
  type DrillResult,
  type Evaluation,
  openedMember,
  packProof,
  parseDrillResult,
  parseEvaluation,
  parseProofBundle,
  type ReleasePack,
  type ReleasePredicate,
  readCertificate,
} from "@narrowgate/contracts";
import { isNarrowgateError, NarrowgateError } from "@narrowgate/kernel";
import type { VerifyOptions } from "./evidence.ts";
import type { Report } from "./report.ts";
import { verifyBundle } from "./verify-bundle.ts";

/** A drill as the log has it. */
export interface ProvenDrill {
  /** Leaf id. */
  readonly entry: string;
  readonly result: DrillResult;
}

/** What a pack shows beside the report on its proof; of a failed one nothing is to be believed. */
export interface PackReport {
  readonly report: Report;
  readonly evaluation?: Evaluation;
  readonly drills: readonly ProvenDrill[];
  /** What the certificate of the newest activation says; absent where it never came into force. */
  readonly certificate?: ReleasePredicate;
}

function refuse(message: string): never {
  throw new NarrowgateError("malformed_input", message);
}

function documentOf({ openings = {} }: BundleEntry): unknown {
  return openedMember(openings.content, "document");
}

/** The evaluation that the pack names: an opened leaf, of this agent and release. */
function evaluationOf(
  pack: ReleasePack,
  entries: readonly BundleEntry[],
): readonly [BundleEntry, Evaluation] {
  const entry = entries.find(({ leaf }) => leaf.id === pack.evaluation);
  if (entry?.leaf.type !== "assurance" || entry.leaf.body.kind !== "evaluation")
    return refuse("its evaluation is not among the leaves of its proof");
  const evaluation = parseEvaluation(documentOf(entry));
  if (evaluation.agent !== pack.agent || evaluation.release !== pack.release)
    return refuse("its evaluation is of another agent or release");
  return [entry, evaluation];
}

function drillOf(id: string, entries: readonly BundleEntry[]): ProvenDrill {
  const entry = entries.find(({ leaf }) => leaf.id === id);
  if (entry?.leaf.type !== "assurance" || entry.leaf.body.kind !== "drill")
    return refuse("a drill that its evaluation counts is not among the leaves of its proof");
  return { entry: id, result: parseDrillResult(documentOf(entry)) };
}

function certificateOf(entries: readonly BundleEntry[]): ReleasePredicate | undefined {
  const active = entries.findLast(({ leaf }) => leaf.type === "release" && leaf.body.action === "activated");
  const opened = openedMember(active?.openings?.content, "certificate");
  return opened === undefined ? undefined : readCertificate(opened).predicate;
}

function readParts(pack: ReleasePack): Omit<PackReport, "report"> {
  const { entries, release } = parseProofBundle(pack.proof);
  if (release !== pack.release) refuse("its proof is about something else");
  const [entry, evaluation] = evaluationOf(pack, entries);
  const held = { leaf: entry.leaf, openings: entry.openings ?? {} };
  const drills = countedDrills(held).map((id) => drillOf(id, entries));
  const certificate = certificateOf(entries);
  return { evaluation, drills, ...(certificate === undefined ? {} : { certificate }) };
}

/**
 * Verifies a pack offline: its proof as a bundle, and that evaluation and drills are leaves of it.
 * Trust: `pack` is attacker-controlled; the trust file is the caller's own. No network, no clock. Never throws on input.
 * @see docs/spec/release.md R-11
 */
export async function verifyPack(pack: ReleasePack, options: VerifyOptions): Promise<PackReport> {
  const report = await verifyBundle(packProof(pack), options);
  if (report.verdict === "failed") return { report, drills: [] };
  try {
    return { report, ...readParts(pack) };
  } catch (error) {
    const message = isNarrowgateError(error) ? error.publicMessage : "the check itself failed";
    const failures = [...report.failures, { rule: "R-11", message }];
    return { report: { ...report, verdict: "failed", failures }, drills: [] };
  }
}
