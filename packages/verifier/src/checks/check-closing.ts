import type { LeafType } from "@narrowgate/contracts";
import { type Entry, type Evidence, entriesOf } from "../evidence.ts";
import type { Findings } from "../findings.ts";

const mayFollow: ReadonlySet<LeafType> = new Set(["outcome", "unknown", "erasure", "read"]);

function closingOf(evidence: Evidence): Entry<"closing"> | undefined {
  return entriesOf(evidence, "closing").find(({ leaf }) => leaf.txn?.id === evidence.bundle.txn);
}

/** Dispatches of which nothing says what came of them. */
function waiting(evidence: Evidence): number {
  const ended = [...entriesOf(evidence, "outcome"), ...entriesOf(evidence, "unknown")];
  const decisions = new Set(ended.map(({ leaf }) => leaf.body.decision));
  return entriesOf(evidence, "dispatch").filter(({ leaf }) => !decisions.has(leaf.body.decision)).length;
}

/**
 * Whether nothing more is to come of the transaction: it is closed, and of all that was sent the end is known. What a release
 * bundle shows was over when it was recorded.
 * @see docs/spec/evidence.md E-25
 */
export function isOver(evidence: Evidence): boolean {
  if (evidence.bundle.txn === undefined) return true;
  return closingOf(evidence) !== undefined && waiting(evidence) === 0;
}

/**
 * Checks the end of the transaction: the closing leaf counts what came before it, and little may follow.
 * @see docs/spec/evidence.md E-13
 */
export function checkClosing(evidence: Evidence, findings: Findings): void {
  const { txn } = evidence.bundle;
  if (txn === undefined) return;
  const closed = closingOf(evidence);
  if (closed === undefined) {
    findings.note(
      "the transaction is not closed: it is complete up to its last leaf here, and may have gone on",
    );
    return;
  }
  if (waiting(evidence) > 0)
    findings.note("the transaction is closed, and the outcome of something that was sent is still to come");
  const { leaf: closing, index: closedAt } = closed;
  if (closing.body.entries !== closing.txn?.seq)
    findings.fail("E-13", "closing counts other leaves", closing.id);
  for (const { leaf, index } of evidence.entries) {
    if (leaf.txn?.id === txn && index > closedAt && !mayFollow.has(leaf.type)) {
      findings.fail("E-13", `a ${leaf.type} stands behind the closing`, leaf.id);
    }
  }
}
