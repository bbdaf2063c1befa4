import { equalBytes, type Sha256 } from "@narrowgate/kernel";
import { emptyRoot, hashLength, nodeHash } from "./merkle-hash.ts";
import { half, isTreeSize, levelOf } from "./tree-size.ts";

/** First rule a proof broke. */
export type ProofFault = "bad_size" | "bad_hash_length" | "wrong_proof_length" | "root_mismatch";

/** A claim that a leaf is in a tree. */
export interface InclusionClaim {
  readonly index: number;
  readonly size: number;
  readonly leafHash: Uint8Array;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}

/** A claim that one tree begins with another. */
export interface ConsistencyClaim {
  readonly oldSize: number;
  readonly size: number;
  readonly oldRoot: Uint8Array;
  readonly root: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** What checking an {@link InclusionClaim} gave. */
export type InclusionOutcome =
  | { readonly kind: "included" }
  | { readonly kind: "excluded"; readonly fault: ProofFault };

/** What checking a {@link ConsistencyClaim} gave. */
export type ConsistencyOutcome =
  | { readonly kind: "consistent" }
  | { readonly kind: "inconsistent"; readonly fault: ProofFault };

function areHashes(hashes: readonly Uint8Array[]): boolean {
  return hashes.every((hash) => hash.length === hashLength);
}

/** A node on the way up, seen in two trees: its position among the nodes of its level, and that of the last one. */
interface Position {
  node: number;
  last: number;
}

function up(at: Position): void {
  at.node = half(at.node);
  at.last = half(at.last);
}

/**
 * Moves up past `sibling`'s parent and tells on which side the sibling stands. A node that is last at its level without
 * a right sibling is carried up as it is, so its next sibling stands to the left.
 */
function passSibling(at: Position): "left" | "right" {
  const isLeftSibling = at.node % 2 === 1 || at.node === at.last;
  if (isLeftSibling) while (at.node % 2 === 0 && at.node !== 0) up(at);
  up(at);
  return isLeftSibling ? "left" : "right";
}

function inclusionFault(sha256: Sha256, claim: InclusionClaim): ProofFault | undefined {
  const { index, size, leafHash, proof, root } = claim;
  if (!isTreeSize(index) || !isTreeSize(size) || index >= size) return "bad_size";
  if (!areHashes([leafHash, root, ...proof.slice(0, 64)])) return "bad_hash_length";
  const at: Position = { node: index, last: size - 1 };
  let hash = leafHash;
  for (const sibling of proof) {
    // TRUST: the sender chose the length; the tree is at most 53 levels high, so this ends the loop in time.
    if (at.last === 0) return "wrong_proof_length";
    const side = passSibling(at);
    hash = side === "left" ? nodeHash(sha256, sibling, hash) : nodeHash(sha256, hash, sibling);
  }
  if (at.last !== 0) return "wrong_proof_length";
  return equalBytes(hash, root) ? undefined : "root_mismatch";
}

/**
 * Checks that a leaf is in the tree with the given root.
 * Trust: all of the claim may be attacker-controlled; `included` says something only if `root` and `size` come from a
 * verified checkpoint.
 * @returns `included`, or `excluded` with the first rule that failed; never throws on input
 * @see RFC 9162 section 2.1.3.2
 */
export function verifyInclusion(sha256: Sha256, claim: InclusionClaim): InclusionOutcome {
  const fault = inclusionFault(sha256, claim);
  return fault === undefined ? { kind: "included" } : { kind: "excluded", fault };
}

/** The cases that need no proof: equal sizes, and an old tree without leaves. */
function trivialFault(sha256: Sha256, claim: ConsistencyClaim): ProofFault | undefined {
  if (claim.proof.length > 0) return "wrong_proof_length";
  const expected = claim.oldSize === claim.size ? claim.root : claim.oldRoot;
  if (claim.oldSize === 0 && !equalBytes(claim.oldRoot, emptyRoot(sha256))) return "root_mismatch";
  return equalBytes(claim.oldRoot, expected) ? undefined : "root_mismatch";
}

/** Hashes from a node that both trees share up to their roots; undefined when the siblings are too many or too few. */
function climb(
  sha256: Sha256,
  at: Position,
  shared: Uint8Array,
  siblings: readonly Uint8Array[],
): { oldRoot: Uint8Array; root: Uint8Array } | undefined {
  let oldRoot = shared;
  let root = shared;
  for (const sibling of siblings) {
    // TRUST: as above, the height of the tree bounds the work, not the length of what was sent.
    if (at.last === 0) return undefined;
    const isLeft = passSibling(at) === "left";
    if (isLeft) oldRoot = nodeHash(sha256, sibling, oldRoot);
    root = isLeft ? nodeHash(sha256, sibling, root) : nodeHash(sha256, root, sibling);
  }
  return at.last === 0 ? { oldRoot, root } : undefined;
}

/** Computes both roots from one proof and compares them. */
function pathFault(sha256: Sha256, claim: ConsistencyClaim): ProofFault | undefined {
  // An old tree that is one complete subtree is its own first hash, and is left out of the proof.
  const isComplete = levelOf(claim.oldSize) !== undefined;
  const [first, ...rest] = isComplete ? [claim.oldRoot, ...claim.proof] : claim.proof;
  if (first === undefined) return "wrong_proof_length";
  const at: Position = { node: claim.oldSize - 1, last: claim.size - 1 };
  while (at.node % 2 === 1) up(at);
  const roots = climb(sha256, at, first, rest);
  if (roots === undefined) return "wrong_proof_length";
  const isSame = equalBytes(roots.oldRoot, claim.oldRoot) && equalBytes(roots.root, claim.root);
  return isSame ? undefined : "root_mismatch";
}

function consistencyFault(sha256: Sha256, claim: ConsistencyClaim): ProofFault | undefined {
  const { oldSize, size, oldRoot, root, proof } = claim;
  if (!isTreeSize(oldSize) || !isTreeSize(size) || oldSize > size) return "bad_size";
  if (!areHashes([oldRoot, root, ...proof.slice(0, 64)])) return "bad_hash_length";
  const isTrivial = oldSize === 0 || oldSize === size;
  return isTrivial ? trivialFault(sha256, claim) : pathFault(sha256, claim);
}

/**
 * Checks that the tree with `root` begins with the leaves of the tree with `oldRoot`.
 * Trust: all of the claim may be attacker-controlled. The empty tree is consistent with any; its root is checked.
 * @returns `consistent`, or `inconsistent` with the first rule that failed; never throws on input
 * @see RFC 9162 section 2.1.4.2
 */
export function verifyConsistency(sha256: Sha256, claim: ConsistencyClaim): ConsistencyOutcome {
  const fault = consistencyFault(sha256, claim);
  return fault === undefined ? { kind: "consistent" } : { kind: "inconsistent", fault };
}
