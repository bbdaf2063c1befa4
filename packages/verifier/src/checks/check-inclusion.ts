import { fromBase64url } from "@narrowgate/kernel";
import { type Checkpoint, verifyInclusion } from "@narrowgate/tlog";
import type { Evidence } from "../evidence.ts";
import type { Findings } from "../findings.ts";

/**
 * Checks that every leaf of the bundle is in the tree of the head, at the place it names.
 * @see docs/spec/evidence.md E-22
 */
export function checkInclusion(evidence: Evidence, findings: Findings, { size, root }: Checkpoint): void {
  for (const { leaf, hash, index, inclusion } of evidence.entries) {
    const proof = inclusion.map(fromBase64url);
    const outcome = verifyInclusion(evidence.crypto.sha256, { index, size, leafHash: hash, proof, root });
    if (outcome.kind === "excluded")
      findings.fail("E-22", `the leaf is not in the tree: ${outcome.fault}`, leaf.id);
  }
}
