import type { LeafType } from "@narrowgate/contracts";
import { type Evidence, entriesOf } from "../evidence.ts";
import type { Findings } from "../findings.ts";

const mayFollow: ReadonlySet<LeafType> = new Set(["outcome", "unknown", "erasure", "read"]);

/**
 * Checks the end of the transaction: the closing leaf counts what came before it, and little may follow.
 * @see docs/spec/evidence.md E-13
 */
export function checkClosing(evidence: Evidence, findings: Findings): void {
  const { txn } = evidence.bundle;
  const closed = entriesOf(evidence, "closing").find(({ leaf }) => leaf.txn?.id === txn);
  if (closed === undefined) {
    findings.note(
      "the transaction is not closed: it is complete up to its last leaf here, and may have gone on",
    );
    return;
  }
  const { leaf: closing, index: closedAt } = closed;
  if (closing.body.entries !== closing.txn?.seq)
    findings.fail("E-13", "closing counts other leaves", closing.id);
  for (const { leaf, index } of evidence.entries) {
    if (leaf.txn?.id === txn && index > closedAt && !mayFollow.has(leaf.type)) {
      findings.fail("E-13", `a ${leaf.type} stands behind the closing`, leaf.id);
    }
  }
}
