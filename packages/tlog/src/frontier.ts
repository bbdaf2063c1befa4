import { concatBytes, invariant, type Sha256 } from "@narrowgate/kernel";
import { refuse } from "./malformed.ts";
import { emptyRoot, hashLength, nodeHash } from "./merkle-hash.ts";
import { countOnes, half } from "./tree-size.ts";

/**
 * Told of every subtree that an appended leaf completes: level 0 is the leaf itself, and the hash at (`level`, `index`)
 * covers the leaves from `index * 2^level` on. Levels 0, 8, 16... are what tiles store.
 */
export type OnSubtree = (level: number, index: number, hash: Uint8Array) => void;

/**
 * The right edge of a growing tree: all that is needed to append leaves and to know the root, in at most 53 hashes.
 * Not safe to share between writers; `clone` it to try an append that may be given up.
 */
export class Frontier {
  readonly #sha256: Sha256;
  /** Roots of the complete subtrees, largest first: one for each one bit of the size. */
  #hashes: Uint8Array[] = [];
  #size = 0;

  constructor(sha256: Sha256) {
    this.#sha256 = sha256;
  }

  /**
   * Takes up what {@link Frontier.serialise} wrote.
   * Trust: a wrong but well-formed frontier is not noticed here; compare its root with a signed checkpoint.
   * @throws NarrowgateError `malformed_input` unless `bytes` are exactly what would be written
   */
  static restore(sha256: Sha256, bytes: Uint8Array): Frontier {
    if (bytes.length < 8) refuse("frontier is cut short");
    const size = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0);
    if (size > BigInt(Number.MAX_SAFE_INTEGER)) refuse("frontier has too many leaves");
    const frontier = new Frontier(sha256);
    frontier.#size = Number(size);
    const count = countOnes(frontier.#size);
    if (bytes.length !== 8 + count * hashLength) refuse("frontier has the wrong number of hashes");
    for (let i = 0; i < count; i++) {
      frontier.#hashes.push(bytes.slice(8 + i * hashLength, 8 + (i + 1) * hashLength));
    }
    return frontier;
  }

  /** Number of leaves. */
  get size(): number {
    return this.#size;
  }

  /** An independent copy. */
  clone(): Frontier {
    const copy = new Frontier(this.#sha256);
    copy.#size = this.#size;
    copy.#hashes = [...this.#hashes];
    return copy;
  }

  /**
   * Appends a leaf by its hash, which is kept and must not be changed afterwards; takes one node hash on average.
   * @throws NarrowgateError `internal_error` on a hash that is not 32 bytes, or at 2^53-1 leaves
   */
  append(leafHash: Uint8Array, onSubtree?: OnSubtree): void {
    invariant(leafHash.length === hashLength, "a leaf hash has 32 bytes");
    invariant(this.#size < Number.MAX_SAFE_INTEGER, "the tree is full");
    let hash = leafHash;
    let index = this.#size;
    onSubtree?.(0, index, hash);
    // INVARIANT: every one bit at the low end of the size is a complete subtree, waiting for its right sibling.
    for (let level = 1; index % 2 === 1; level++) {
      const left = this.#hashes.pop();
      invariant(left !== undefined, "a frontier holds one hash for each one bit of its size");
      hash = nodeHash(this.#sha256, left, hash);
      index = half(index);
      onSubtree?.(level, index, hash);
    }
    this.#hashes.push(hash);
    this.#size++;
  }

  /** Root over all leaves appended so far. */
  root(): Uint8Array {
    const last = this.#hashes.at(-1);
    if (last === undefined) return emptyRoot(this.#sha256);
    return this.#hashes.slice(0, -1).reduceRight((right, left) => nodeHash(this.#sha256, left, right), last);
  }

  /** Size as eight big-endian bytes, then the hashes of the complete subtrees, largest first. */
  serialise(): Uint8Array<ArrayBuffer> {
    const size = new Uint8Array(8);
    new DataView(size.buffer).setBigUint64(0, BigInt(this.#size));
    return concatBytes(size, ...this.#hashes);
  }
}
