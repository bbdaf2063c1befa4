import { invariant, type Sha256 } from "@narrowgate/kernel";
import { nodeHash } from "./merkle-hash.ts";
import { isTreeSize, levelOf, splitPoint } from "./tree-size.ts";

/**
 * Reads the hash of a complete subtree: the one over the leaves from `index * 2^level`, 2^level of them.
 * Asked only for subtrees that are complete in the tree the proof is for.
 */
export type HashReader = (level: number, index: number) => Promise<Uint8Array>;

/** The leaves from `start` to just before `end`, as one subtree of the tree. */
interface Span {
  readonly start: number;
  readonly end: number;
}

function split({ start, end }: Span): { left: Span; right: Span } {
  const middle = start + splitPoint(end - start);
  return { left: { start, end: middle }, right: { start: middle, end } };
}

/** Root of a subtree, put together from complete ones. INVARIANT: RFC 6962 splits keep `start` aligned. */
async function spanRoot(sha256: Sha256, span: Span, reader: HashReader): Promise<Uint8Array> {
  const width = span.end - span.start;
  const level = levelOf(width);
  if (level !== undefined) return reader(level, span.start / width);
  const { left, right } = split(span);
  return nodeHash(sha256, await spanRoot(sha256, left, reader), await spanRoot(sha256, right, reader));
}

/**
 * Root of the tree of `size` leaves as the hashes behind `reader` have it.
 * @param size - at least 1
 * @throws NarrowgateError `internal_error` when `size` is out of range, and whatever `reader` throws
 */
export function treeRoot(sha256: Sha256, size: number, reader: HashReader): Promise<Uint8Array> {
  invariant(isTreeSize(size) && size > 0, "a tree to be read has leaves");
  return spanRoot(sha256, { start: 0, end: size }, reader);
}

/**
 * Proves that the leaf at `index` is in the tree of `size` leaves.
 * @returns the sibling hashes from the leaf up to below the root
 * @throws NarrowgateError `internal_error` unless 0 <= `index` < `size`, and whatever `reader` throws
 * @see RFC 6962 section 2.1.1
 */
export async function inclusionProof(
  sha256: Sha256,
  index: number,
  size: number,
  reader: HashReader,
): Promise<Uint8Array[]> {
  invariant(isTreeSize(index) && isTreeSize(size) && index < size, "a leaf to be proven is in the tree");
  const siblings: Span[] = [];
  for (let span: Span = { start: 0, end: size }; span.end - span.start > 1; ) {
    const { left, right } = split(span);
    const isLeft = index < left.end;
    siblings.push(isLeft ? right : left);
    span = isLeft ? left : right;
  }
  return Promise.all(siblings.reverse().map((span) => spanRoot(sha256, span, reader)));
}

/**
 * Proves that the tree of `size` leaves begins with the tree of `oldSize` leaves.
 * @returns the hashes in the order of the RFC; none when `oldSize` is 0 or equals `size`
 * @throws NarrowgateError `internal_error` unless 0 <= `oldSize` <= `size`, and whatever `reader` throws
 * @see RFC 6962 section 2.1.2
 */
export async function consistencyProof(
  sha256: Sha256,
  oldSize: number,
  size: number,
  reader: HashReader,
): Promise<Uint8Array[]> {
  invariant(isTreeSize(oldSize) && isTreeSize(size) && oldSize <= size, "a tree grows");
  if (oldSize === 0 || oldSize === size) return [];
  const spans: Span[] = [];
  let span: Span = { start: 0, end: size };
  while (span.end !== oldSize) {
    const { left, right } = split(span);
    const isLeft = oldSize <= left.end;
    spans.push(isLeft ? right : left);
    span = isLeft ? left : right;
  }
  // The subtree that ends where the old tree ended is the old tree itself, which the verifier knows, when it starts at 0.
  if (span.start > 0) spans.push(span);
  return Promise.all(spans.reverse().map((each) => spanRoot(sha256, each, reader)));
}
