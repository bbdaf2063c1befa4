import type { ChainLink, Leaf } from "@narrowgate/contracts";
import type { EntryRow, Store } from "../../platform/store/store.ts";
import type { AuditFindings } from "./audit-findings.ts";

interface Last {
  readonly seq: number;
  readonly hash: string;
  readonly index: number;
}

/** Follows the writer's, the transactions' and the agents' chains. @see docs/spec/evidence.md E-3 */
export class ChainAudit {
  readonly #findings: AuditFindings;
  readonly #heads = { txn: new Map<string, Last>(), agent: new Map<string, Last>() };
  #writer: { readonly id: string; readonly last: Last } | undefined;

  constructor(findings: AuditFindings) {
    this.#findings = findings;
  }

  /** Takes the next leaf. */
  leaf(row: EntryRow, leaf: Leaf, hash: string): void {
    const { index } = row;
    const last = { seq: leaf.writer.seq, hash, index };
    const sameWriter = this.#writer === undefined || this.#writer.id === leaf.writer.id;
    this.#check(index, "writer", leaf.writer, this.#writer?.last);
    this.#findings.check(sameWriter && leaf.writer.seq === index, "E-3", index, "the writer is another");
    this.#writer = { id: leaf.writer.id, last };
    this.#link(row, hash, "txn", leaf.txn);
    this.#link(row, hash, "agent", leaf.agent);
    const home = leaf.txn === undefined || leaf.txn.id.startsWith(`${leaf.writer.id}.`);
    this.#findings.check(home, "E-5", index, "the transaction has another home writer");
  }

  /** Holds the store's heads against the chains. */
  async finish(store: Store): Promise<void> {
    for (const kind of ["txn", "agent"] as const) {
      for (const [id, last] of this.#heads[kind]) {
        const head = await store.head(kind, id);
        const fits = head?.hash === last.hash && head.seq === last.seq && head.index === last.index;
        this.#findings.check(fits, "store", last.index, `the head of a ${kind} chain is not its newest leaf`);
      }
    }
  }

  #link(row: EntryRow, hash: string, kind: "txn" | "agent", link: ChainLink | undefined): void {
    const previous = kind === "txn" ? row.txnPrevious : row.agentPrevious;
    const before = link === undefined ? undefined : this.#heads[kind].get(link.id);
    this.#findings.check(
      previous === (before?.index ?? null),
      "store",
      row.index,
      `the ${kind} link is wrong`,
    );
    if (link === undefined) return;
    this.#check(row.index, kind, link, before);
    this.#heads[kind].set(link.id, { seq: link.seq, hash, index: row.index });
  }

  #check(index: number, kind: string, link: ChainLink, before: Last | undefined): void {
    const follows = link.seq === (before?.seq ?? -1) + 1 && link.prev === (before?.hash ?? null);
    this.#findings.check(follows, "E-3", index, `the ${kind} chain is broken`);
  }
}
