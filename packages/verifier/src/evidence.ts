import type { Leaf, LeafType, Openings, SealedPart, TrustFile } from "@narrowgate/contracts";
import type { PolicyEngine } from "@narrowgate/policy";
import type { VerifierCrypto } from "./crypto.ts";
import type { BundleFrame, ReadEntry } from "./read-bundle.ts";

/** What is known of a sealed part. */
export type PartState = "opened" | "erased" | "missing";

/** One entry of the bundle, hashed. */
export interface Entry<T extends LeafType = LeafType> {
  readonly leaf: Leaf<T>;
  readonly hash: Uint8Array;
  readonly hashText: string;
  /** Place in the log. */
  readonly index: number;
  readonly inclusion: readonly string[];
  /** What the leaf commits to. */
  readonly openings: Openings;
  /** Parts in the file that are not what the leaf commits to. */
  readonly uncommitted: readonly SealedPart[];
}

/** Everything the checks look at. TRUST: all of it but `trust`, `crypto` and `engine` comes from the bundle. */
export interface Evidence {
  readonly bundle: BundleFrame;
  /** In log order. */
  readonly entries: readonly Entry[];
  readonly byId: ReadonlyMap<string, Entry>;
  readonly trust: TrustFile | undefined;
  readonly crypto: VerifierCrypto;
  readonly engine: PolicyEngine;
  /** State by `<leaf id>/<part>`; filled by the check of openings. */
  readonly parts: Map<string, PartState>;
}

/** What the caller supplies beside the bundle. */
export interface VerifyOptions {
  readonly trust?: TrustFile;
  readonly crypto: VerifierCrypto;
  readonly engine: PolicyEngine;
}

/** Indexes the entries of a bundle. */
export function indexBundle(
  bundle: BundleFrame,
  read: readonly ReadEntry[],
  { trust, crypto, engine }: VerifyOptions,
): Evidence {
  const entries = read.map(
    ({ leaf, hash, hashText, inclusion, openings, uncommitted }): Entry => ({
      leaf,
      hash,
      hashText,
      index: leaf.writer.seq,
      inclusion,
      openings,
      uncommitted,
    }),
  );
  const byId = new Map(entries.map((entry) => [entry.leaf.id, entry]));
  return { bundle, entries, byId, trust, crypto, engine, parts: new Map() };
}

/** Whether an entry holds a leaf of this type. */
export function isEntryOf<T extends LeafType>(entry: Entry, type: T): entry is Entry<T> {
  return entry.leaf.type === type;
}

// Checks ask for a type once per entry, and the entries of a bundle do not change.
const byType = new WeakMap<readonly Entry[], Map<LeafType, readonly Entry[]>>();

/** All entries of a type, in log order. */
export function entriesOf<T extends LeafType>(evidence: Evidence, type: T): readonly Entry<T>[] {
  const known = byType.get(evidence.entries) ?? new Map<LeafType, readonly Entry[]>();
  byType.set(evidence.entries, known);
  const found = known.get(type) ?? evidence.entries.filter((entry) => isEntryOf(entry, type));
  known.set(type, found);
  // INVARIANT: the list of a type holds leaves of this type alone, which the compiler cannot follow through the map.
  return found as readonly Entry<T>[];
}

/** The entry of this id and type, if there is one. */
export function entryOf<T extends LeafType>(evidence: Evidence, id: string, type: T): Entry<T> | undefined {
  const entry = evidence.byId.get(id);
  return entry !== undefined && isEntryOf(entry, type) ? entry : undefined;
}

/** What is known of a part; undefined when the leaf seals no such part. */
export function partState(evidence: Evidence, entry: Entry, part: SealedPart): PartState | undefined {
  return evidence.parts.get(`${entry.leaf.id}/${part}`);
}

/** `erased` or `missing` when a part that a claim needs is not there to be looked at. */
export function absentPart(
  evidence: Evidence,
  entry: Entry,
  parts: readonly SealedPart[],
): "erased" | "missing" | undefined {
  const states = parts.map((part) => partState(evidence, entry, part));
  if (states.some((state) => state === "missing" || state === undefined)) return "missing";
  return states.includes("erased") ? "erased" : undefined;
}
