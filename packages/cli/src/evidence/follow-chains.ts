import type { ChainLink, Leaf } from "@narrowgate/contracts";

interface Last {
  readonly seq: number;
  readonly hash: string;
}

/** Follows the writer's, the transactions' and the agents' chains of a log. @see docs/spec/evidence.md E-3 */
export class ChainFollower {
  readonly #heads: Map<string, Last> = new Map();

  /** Takes the next leaf. @returns what is broken; undefined when nothing is */
  take(leaf: Leaf, index: number, hash: string): string | undefined {
    if (leaf.writer.seq !== index) return "the writer's number is not the place in the log";
    const links = { writer: leaf.writer, txn: leaf.txn, agent: leaf.agent };
    const broken = Object.entries(links).find(([kind, link]) => !this.#follows(kind, link, hash));
    return broken === undefined ? undefined : `the ${broken[0]} chain is broken`;
  }

  #follows(kind: string, link: ChainLink | undefined, hash: string): boolean {
    if (link === undefined) return true;
    const name = `${kind}:${link.id}`;
    const before = this.#heads.get(name);
    this.#heads.set(name, { seq: link.seq, hash });
    return link.seq === (before?.seq ?? -1) + 1 && link.prev === (before?.hash ?? null);
  }
}
