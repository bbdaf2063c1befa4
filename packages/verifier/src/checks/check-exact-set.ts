import { exactSet } from "@narrowgate/contracts";
import type { Evidence } from "../evidence.ts";
import type { Findings } from "../findings.ts";
import { foreignRevocations } from "../foreign-revocations.ts";

/** Says of each revocation that hit nothing of this transaction that it did not: why else would it be told. */
function remarkForeign(evidence: Evidence, findings: Findings): void {
  for (const id of foreignRevocations(evidence))
    findings.remark(id, "(of nothing this transaction rests on)");
}

/**
 * Checks that the bundle holds exactly the leaves it has to: its transaction's or its release's, each that one of them rests on, and no
 * other. A leaf without a reason could be left out unseen, and so could be what somebody would rather not show.
 * @see docs/spec/evidence.md E-22
 */
export function checkExactSet(evidence: Evidence, findings: Findings): void {
  const { entries, bundle } = evidence;
  if (entries[0]?.leaf.type !== "genesis" || entries[0].index !== 0)
    findings.fail("E-22", "the genesis leaf is not in the bundle");
  const erasures = bundle.erased.map(({ erasure }) => erasure);
  const { needed, lacking } = exactSet({
    leaves: entries,
    txn: bundle.txn,
    release: bundle.release,
    erasures,
  });
  for (const { what, entry } of lacking) findings.fail("E-22", what, entry);
  for (const { leaf } of entries) {
    if (!needed.has(leaf.id)) findings.fail("E-22", `nothing here rests on this ${leaf.type} leaf`, leaf.id);
  }
  remarkForeign(evidence, findings);
}
