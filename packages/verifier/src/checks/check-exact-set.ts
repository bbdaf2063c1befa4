import { exactSet } from "@narrowgate/contracts";
import { type Evidence, entriesOf } from "../evidence.ts";
import type { Findings } from "../findings.ts";

/** Says of each revocation that hit nothing of this transaction that it did not: why else would it be told. */
function remarkForeign(evidence: Evidence, findings: Findings): void {
  const tokens = entriesOf(evidence, "token").map(({ leaf }) => leaf.body);
  const mandates = entriesOf(evidence, "mandate").map(({ leaf }) => `mandate:${leaf.body.mandate}`);
  const names = tokens.flatMap(({ token, epochs }) => [`token:${token}`, ...epochs.map(([name]) => name)]);
  const ancestors = new Set([...mandates, ...names]);
  for (const { leaf } of entriesOf(evidence, "revocation")) {
    if (leaf.txn === undefined && !ancestors.has(`${leaf.body.kind}:${leaf.body.id}`))
      findings.remark(leaf.id, "(of nothing this transaction rests on)");
  }
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
