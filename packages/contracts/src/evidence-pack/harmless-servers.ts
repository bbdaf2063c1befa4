import type { ReleaseManifest } from "../assurance/release-manifest.ts";
import type { BundleEntry } from "../bundle/proof-bundle.ts";
import { openedMember } from "../evidence/openings.ts";

/** Refs of servers that are shown to be without irreversible operations. */
export interface HarmlessServers {
  /** By the manifest of a release: whoever calls under it does nothing irreversible there. */
  readonly underRelease: ReadonlySet<string>;
  /** Of these, those of which no registration up to the newest one shown has any: whatever was called there before. */
  readonly atAll: ReadonlySet<string>;
}

type Registration = { readonly version: number; readonly document: unknown };

/** Registrations of servers by ref, in their order. */
function byServer(registrations: readonly BundleEntry[]): ReadonlyMap<string, readonly Registration[]> {
  const found = new Map<string, Registration[]>();
  for (const { leaf, openings } of registrations) {
    if (leaf.type !== "registry" || leaf.body.kind !== "server") continue;
    const { ref, version } = leaf.body;
    const of = found.get(ref) ?? [];
    found.set(ref, of);
    of.push({ version, document: openedMember(openings?.content, "document") });
  }
  return found;
}

/** Whether each operation of a registered server says what it does, and none that it cannot be undone. */
function isMild({ document }: Registration): boolean {
  return ["tools", "prompts", "resources"].every((kind) => {
    const operations: unknown = Object(document)[kind];
    return (
      Array.isArray(operations) && operations.every((one) => ["read", "write"].includes(Object(one).effect))
    );
  });
}

/**
 * Which servers registrations show to be without irreversible operations.
 * Trust: `registrations` may come from anybody; the caller has proven leaves, openings and order.
 * @see docs/spec/evidence-pack.md K-8
 */
export function harmlessServers(
  { tools }: Pick<ReleaseManifest, "tools">,
  registrations: readonly BundleEntry[],
): HarmlessServers {
  const effects = Map.groupBy(tools, ({ server }) => server);
  const isKept = ({ document }: Registration): boolean => {
    const own = effects.get(Object(document).id) ?? [];
    return own.length > 0 && own.every(({ effect }) => effect !== "irreversible");
  };
  const underRelease = new Set<string>();
  const atAll = new Set<string>();
  for (const [ref, of] of byServer(registrations)) {
    if (!of.every(isKept)) continue;
    underRelease.add(ref);
    if (of.every((one, i) => one.version === i + 1 && isMild(one))) atAll.add(ref);
  }
  return { underRelease, atAll };
}
