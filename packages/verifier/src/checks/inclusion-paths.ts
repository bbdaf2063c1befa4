import { equalBytes, fromBase64url, type Sha256, toBase64url } from "@narrowgate/kernel";
import { hashLength, nodeHash } from "@narrowgate/tlog";

/** A node of the tree: its level, its place there, and the last place of that level. */
interface Position {
  level: number;
  node: number;
  last: number;
}

/** A node that is known to be in the tree. */
interface KnownNode {
  readonly hash: Uint8Array;
  /** Its sibling as an inclusion proof has it. */
  readonly sibling: string;
}

// Tree sizes go up to 2^53-1, so no bit operators here.
function up(at: Position): void {
  at.level++;
  at.node = Math.floor(at.node / 2);
  at.last = Math.floor(at.last / 2);
}

/** A node without a right sibling is carried up as it is, to where its sibling stands to the left. */
function settle(at: Position): void {
  if (at.node === at.last) while (at.node % 2 === 0 && at.node !== 0) up(at);
}

function nameOf({ level, node }: Position, offset = 0): string {
  return `${level}/${node + offset}`;
}

function sideOf({ node }: Position): -1 | 1 {
  return node % 2 === 1 ? -1 : 1;
}

/**
 * Inclusion proofs against one head, checked together: what one proof has shown of the tree is not hashed again for the
 * next. Each proof is still held to its last hash.
 * @see RFC 9162 section 2.1.3.2
 */
export class InclusionPaths {
  readonly #sha256: Sha256;
  readonly #size: number;
  readonly #root: Uint8Array;
  readonly #known: Map<string, KnownNode> = new Map();

  /** TRUST: size and root are those of a verified checkpoint. */
  constructor(sha256: Sha256, size: number, root: Uint8Array) {
    this.#sha256 = sha256;
    this.#size = size;
    this.#root = root;
  }

  /**
   * Whether the leaf is at its place in the tree, and the proof is the one for it.
   * Trust: all of it is attacker-controlled.
   * @throws NarrowgateError `malformed_bytes` when a hash of the proof is none
   */
  includes(index: number, leafHash: Uint8Array, proof: readonly string[]): boolean {
    if (!this.#isPlace(index)) return false;
    const at: Position = { level: 0, node: index, last: this.#size - 1 };
    const path: [name: string, node: KnownNode][] = [];
    let hash = leafHash;
    for (const [i, sibling] of proof.entries()) {
      if (at.last === 0) return false;
      settle(at);
      const known = this.#known.get(nameOf(at));
      if (known !== undefined) {
        return equalBytes(hash, known.hash) && this.#isRest(at, proof, i) && this.#learn(path);
      }
      const other = fromBase64url(sibling);
      if (other.length !== hashLength) return false;
      const side = sideOf(at);
      path.push(
        [nameOf(at), { hash, sibling }],
        [nameOf(at, side), { hash: other, sibling: toBase64url(hash) }],
      );
      hash = side === -1 ? nodeHash(this.#sha256, other, hash) : nodeHash(this.#sha256, hash, other);
      up(at);
    }
    return at.last === 0 && equalBytes(hash, this.#root) && this.#learn(path);
  }

  #isPlace(index: number): boolean {
    return Number.isSafeInteger(index) && index >= 0 && index < this.#size;
  }

  /** Whether the rest of a proof, from a known node up, is what an earlier proof showed. */
  #isRest(from: Position, proof: readonly string[], start: number): boolean {
    const at = { ...from };
    for (let i = start; i < proof.length; i++) {
      if (at.last === 0) return false;
      settle(at);
      // INVARIANT: what is above a known node is known.
      if (this.#known.get(nameOf(at))?.sibling !== proof[i]) return false;
      up(at);
    }
    return at.last === 0;
  }

  #learn(path: readonly (readonly [string, KnownNode])[]): true {
    for (const [name, node] of path) this.#known.set(name, node);
    return true;
  }
}
