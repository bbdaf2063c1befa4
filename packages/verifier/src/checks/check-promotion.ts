import { type Evaluation, keptBack, openedMember, parseEvaluation } from "@narrowgate/contracts";
import { type Entry, type Evidence, entryOf } from "../evidence.ts";
import { originOf } from "./check-checkpoint.ts";
import type { ReleaseEntry, ReleaseRecord } from "./release-record.ts";

/** Between the evaluation and the activation stands at most the end of the release before. */
const FURTHEST = 2;

/** The evaluation that an activation names, where it stands with it. */
function evaluationOf(
  evidence: Evidence,
  { index, leaf: { agent, body } }: ReleaseEntry,
): Entry<"assurance"> | undefined {
  const entry = body.evaluation === undefined ? undefined : entryOf(evidence, body.evaluation, "assurance");
  if (entry === undefined || entry.leaf.body.kind !== "evaluation") return undefined;
  const isNear = entry.index < index && index - entry.index <= FURTHEST;
  return isNear && entry.leaf.agent?.id === agent?.id ? entry : undefined;
}

/** What it is about: this release, in this log, once everybody had signed. */
function subjectFault(
  evidence: Evidence,
  { release, profile, log }: Evaluation,
  index: number,
  { proposed, signatures }: ReleaseRecord,
): string | undefined {
  const { body } = proposed.leaf;
  if (release !== body.release || profile !== body.profile)
    return "it came into force on an evaluation of another release or profile";
  if (log.origin !== originOf(evidence.bundle.checkpoint) || log.size > index)
    return "it came into force on an evaluation of another log";
  return signatures.some(({ entry }) => entry.index >= log.size)
    ? "it came into force on an evaluation from before it was signed"
    : undefined;
}

/**
 * Checks that a release came into force on an evaluation of that very time, by which nothing kept it back.
 * Trust: what the controls found is the word of the log that is proven; that it was looked at again is what this shows.
 * @returns why it does not stand; undefined when it does, or when the evaluation is not disclosed
 * @throws NarrowgateError `malformed_input`
 * @see docs/spec/release.md R-20
 */
export function promotionFault(
  evidence: Evidence,
  activated: ReleaseEntry,
  record: ReleaseRecord,
): string | undefined {
  if (record.wasActive)
    return activated.leaf.body.evaluation === undefined ? undefined : "a roll-back has no evaluation";
  const entry = evaluationOf(evidence, activated);
  if (entry === undefined) return "it came into force without an evaluation of that time";
  const opened = openedMember(entry.openings.content, "document");
  if (opened === undefined) return undefined;
  const evaluation = parseEvaluation(opened);
  const fault = subjectFault(evidence, evaluation, entry.index, record);
  if (fault !== undefined) return fault;
  const { blocking, verdict } = evaluation;
  if ((verdict === "ready") !== (blocking.length === 0)) return "the evaluation contradicts itself";
  const kept = keptBack(evaluation);
  return kept.length === 0 ? undefined : `it came into force while ${kept.join(", ")} kept it back`;
}
