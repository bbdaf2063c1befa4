import { canonicalBytes, equalBytes, parseStrictJson } from "@narrowgate/kernel";
import { digest, id, id16, integer, literal, oneOf, refuseInput, txnId } from "../reading/readers.ts";
import { optional, type Reader, shape } from "../reading/shape.ts";
import { type LeafBodies, readBody } from "./bodies/leaf-bodies.ts";
import { LEAF_TYPES, type LeafType, type SealedPart } from "./draft.ts";
import { SEALED_PARTS_OF } from "./openings.ts";

/** Place of a leaf in one of its three chains (E-3). */
export type ChainLink = { readonly id: string; readonly prev: string | null; readonly seq: number };

/** Commitments to the sealed parts; never empty. */
export type SealedCommitments = { readonly [P in SealedPart]?: string };

type LeafOf<T extends LeafType> = {
  readonly agent?: ChainLink;
  /** Unix milliseconds; a claim of the writer. */
  readonly at: number;
  readonly body: LeafBodies[T];
  readonly id: string;
  readonly sealed?: SealedCommitments;
  readonly txn?: ChainLink;
  readonly type: T;
  readonly v: 1;
  readonly writer: ChainLink;
};

/** A public leaf; narrow it by `type`. @see docs/spec/evidence.md section 2 */
export type Leaf<T extends LeafType = LeafType> = T extends LeafType ? LeafOf<T> : never;

/** Longest leaf in bytes. */
export const MAX_LEAF_BYTES = 65_535;

const prevHash: Reader<string | null> = (value, path) => (value === null ? null : digest(value, path));

function linkReader(readId: Reader<string>): Reader<ChainLink> {
  const read = shape<ChainLink>({ id: readId, prev: prevHash, seq: integer() });
  return (value, path) => {
    const link = read(value, path);
    if ((link.prev === null) !== (link.seq === 0)) refuseInput(`${path}/prev`, "is null exactly at seq 0");
    return link;
  };
}

const readSealed = shape<SealedCommitments>({
  content: optional(digest),
  inputs: optional(digest),
  proof: optional(digest),
});

type Skeleton = Omit<LeafOf<LeafType>, "body"> & { readonly body: unknown };

const readSkeleton = shape<Skeleton>({
  agent: optional(linkReader(id)),
  at: integer(),
  body: (value) => value,
  id: id16,
  sealed: optional(readSealed),
  txn: optional(linkReader(txnId)),
  type: oneOf(LEAF_TYPES),
  v: literal(1),
  writer: linkReader(id),
});

function checkSealed(leaf: Skeleton): void {
  if (leaf.sealed === undefined) return;
  const parts = Object.keys(leaf.sealed);
  if (parts.length === 0) refuseInput("/sealed", "is absent when nothing is sealed");
  for (const part of parts) {
    if (!Object.hasOwn(SEALED_PARTS_OF[leaf.type], part))
      refuseInput(`/sealed/${part}`, `a ${leaf.type} has no such part`);
  }
}

/**
 * Reads a leaf; an unknown version, type or member is refused.
 * Trust: `value` is attacker-controlled.
 * @throws NarrowgateError `malformed_input`
 * @see docs/spec/evidence.md E-3 to E-5
 */
export function parseLeaf(value: unknown): Leaf {
  const skeleton = readSkeleton(value, "");
  checkSealed(skeleton);
  const body = readBody(skeleton.type, skeleton.body, "/body");
  // INVARIANT: readBody reads the body of exactly this type, which the compiler cannot follow across the union.
  return { ...skeleton, body } as Leaf;
}

/** Writes a leaf as it is hashed: canonical JSON as UTF-8. */
export function formatLeaf(leaf: Leaf): Uint8Array<ArrayBuffer> {
  return canonicalBytes(leaf);
}

/**
 * Reads a leaf from its bytes, which must be exactly what {@link formatLeaf} writes (E-6).
 * Trust: `bytes` are attacker-controlled.
 * @throws NarrowgateError `malformed_json` or `malformed_input`
 */
export function parseLeafBytes(bytes: Uint8Array): Leaf {
  const leaf = parseLeaf(parseStrictJson(bytes, { maxBytes: MAX_LEAF_BYTES, maxDepth: 8, maxKeys: 512 }));
  if (!equalBytes(formatLeaf(leaf), bytes)) refuseInput("", "is not in canonical form");
  return leaf;
}
