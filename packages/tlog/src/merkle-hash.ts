import { concatBytes, invariant, type Sha256 } from "@narrowgate/kernel";

/** Length of every hash of the tree, in bytes. */
export const hashLength = 32;

const leafPrefix = Uint8Array.of(0);
/** 0x01, left, right: filled anew for each node, for a hash is synchronous and keeps nothing. */
const node = new Uint8Array(1 + 2 * hashLength).fill(1, 0, 1);

/**
 * Hash of a leaf: SHA-256(0x00 || data).
 * @see RFC 6962 section 2.1
 */
export function leafHash(sha256: Sha256, data: Uint8Array): Uint8Array {
  return sha256(concatBytes(leafPrefix, data));
}

/**
 * Hash of an inner node: SHA-256(0x01 || left || right).
 * @throws NarrowgateError `internal_error` unless both are 32 bytes, without which a node could pass for another
 * @see RFC 6962 section 2.1
 */
export function nodeHash(sha256: Sha256, left: Uint8Array, right: Uint8Array): Uint8Array {
  invariant(left.length === hashLength && right.length === hashLength, "a tree hash has 32 bytes");
  node.set(left, 1);
  node.set(right, 1 + hashLength);
  return sha256(node);
}

/** Root of the tree without leaves: SHA-256 of nothing. */
export function emptyRoot(sha256: Sha256): Uint8Array {
  return sha256(new Uint8Array(0));
}
