import type { Checkpoint } from "@narrowgate/tlog";
import type { Evidence } from "../evidence.ts";
import type { Findings } from "../findings.ts";
import { InclusionPaths } from "./inclusion-paths.ts";

/**
 * Checks that every leaf of the bundle is in the tree of the head, at the place it names.
 * @see docs/spec/evidence.md E-22
 */
export function checkInclusion(evidence: Evidence, findings: Findings, { size, root }: Checkpoint): void {
  const paths = new InclusionPaths(evidence.crypto.sha256, size, root);
  for (const { leaf, hash, index, inclusion } of evidence.entries) {
    if (!paths.includes(index, hash, inclusion))
      findings.fail("E-22", "the leaf is not in the tree at its place", leaf.id);
  }
}
