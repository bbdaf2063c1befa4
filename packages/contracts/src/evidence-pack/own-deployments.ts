import type { BundleEntry } from "../bundle/proof-bundle.ts";

/**
 * Digests of the deployments of a release, as tokens name them.
 * @param entries - of the proof of that release, verified; @param release - its digest
 * @see docs/spec/evidence-pack.md K-8
 */
export function ownDeployments(entries: readonly BundleEntry[], release: string): ReadonlySet<string> {
  return new Set(
    entries.flatMap(({ leaf }) =>
      leaf.type === "release" && leaf.body.release === release ? [leaf.body.deployment] : [],
    ),
  );
}
