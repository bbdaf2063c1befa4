import { type Sha256, utf8 } from "@narrowgate/kernel";
import type { Leaf } from "../evidence/leaf.ts";

/** Lines of `population` in one file. */
export const LEAVES_A_FILE = 1_000;
/** Transactions that a pack can speak of: what is kept of each is some 200 bytes. */
export const MAX_POPULATION = 1_000_000;

/** A transaction that the agent had a part in. */
type Seen = { readonly newest: string; isSensitive: boolean };

/** Which transactions an evidence pack holds. */
export interface Selection {
  /** Newest first. */
  readonly sensitive: readonly string[];
  /** By their draws, the least first. */
  readonly sampled: readonly string[];
  readonly population: number;
}

/**
 * The draw of a transaction. Nobody can choose it once the evaluation is on record.
 * @param seed - leaf hash of the evaluation; @param leafId - the newest leaf of the agent in that transaction
 * @see docs/spec/evidence-pack.md K-9
 */
export function drawOf(sha256: Sha256, seed: string, leafId: string): Uint8Array {
  return sha256(utf8(`narrowgate/draw/v1\n${seed}\n${leafId}`));
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (const [at, byte] of a.entries()) {
    const other = b[at] ?? 0;
    if (byte !== other) return byte - other;
  }
  return 0;
}

/**
 * Takes the leaves of an agent, newest first, and says which transactions a pack has to hold.
 * @see docs/spec/evidence-pack.md K-7 to K-9
 */
export class Population {
  readonly procedures: Set<string> = new Set();
  readonly #transactions = new Map<string, Seen>();
  readonly #since: number;
  readonly #harmless: ReadonlySet<string>;

  /** @param harmless - refs of servers that are shown to be without irreversible operations */
  constructor(since: number, harmless: ReadonlySet<string>) {
    this.#since = since;
    this.#harmless = harmless;
  }

  /** Whether this leaf is the last one: it stands before what the pack speaks of, or it is the agent's first. */
  ends({ agent, at }: Leaf): boolean {
    return at < this.#since || agent?.seq === 0;
  }

  /** Transactions so far. */
  get size(): number {
    return this.#transactions.size;
  }

  take(leaf: Leaf): void {
    if (leaf.type === "decision") this.procedures.add(leaf.body.procedure);
    if (leaf.txn === undefined || leaf.at < this.#since) return;
    const seen = this.#transactions.get(leaf.txn.id) ?? { newest: leaf.id, isSensitive: false };
    this.#transactions.set(leaf.txn.id, seen);
    seen.isSensitive ||=
      leaf.type === "approval" || (leaf.type === "dispatch" && !this.#harmless.has(leaf.body.server));
  }

  /** Chooses. @param count - of the others, 1 or more */
  select(sha256: Sha256, seed: string, count: number): Selection {
    const sensitive: string[] = [];
    const others: { readonly txn: string; readonly draw: Uint8Array }[] = [];
    for (const [txn, { newest, isSensitive }] of this.#transactions) {
      if (isSensitive) sensitive.push(txn);
      else others.push({ txn, draw: drawOf(sha256, seed, newest) });
    }
    others.sort((a, b) => compareBytes(a.draw, b.draw));
    return {
      sensitive,
      sampled: others.slice(0, count).map(({ txn }) => txn),
      population: this.#transactions.size,
    };
  }
}
