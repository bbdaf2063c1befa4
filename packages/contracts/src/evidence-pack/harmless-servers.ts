import type { ReleaseManifest } from "../assurance/release-manifest.ts";
import type { BundleEntry } from "../bundle/proof-bundle.ts";
import { openedMember } from "../evidence/openings.ts";

/**
 * Refs of the servers that registrations show to be without irreversible operations.
 * Trust: `registrations` may come from anybody; the caller has proven leaves and openings.
 * @see docs/spec/evidence-pack.md K-8
 */
export function harmlessServers(
  { tools }: Pick<ReleaseManifest, "tools">,
  registrations: readonly BundleEntry[],
): ReadonlySet<string> {
  const effects = Map.groupBy(tools, ({ server }) => server);
  const found = new Set<string>();
  for (const { leaf, openings } of registrations) {
    if (leaf.type !== "registry" || leaf.body.kind !== "server") continue;
    const document = openedMember(openings?.content, "document");
    const name: unknown = Object(document).id;
    const own = typeof name === "string" ? (effects.get(name) ?? []) : [];
    if (own.length > 0 && own.every(({ effect }) => effect !== "irreversible")) found.add(leaf.body.ref);
  }
  return found;
}
