import type { Leaf, LeafType } from "@narrowgate/contracts";
import type { AuditFindings } from "./audit-findings.ts";

interface Decided {
  readonly permits: boolean;
  readonly txn: string | undefined;
  dispatched: boolean;
  settled: boolean;
}

const AFTER_CLOSING: ReadonlySet<LeafType> = new Set(["outcome", "unknown", "erasure", "read"]);

/** Follows decisions to their effects, closings and the revocation feed. @see docs/spec/evidence.md E-11 to E-14 */
export class EffectAudit {
  readonly #findings: AuditFindings;
  readonly #decisions = new Map<string, Decided>();
  readonly #closed = new Set<string>();
  readonly #counts = new Map<string, number>();
  #feed = 0;
  #lastAtMs = 0;

  constructor(findings: AuditFindings) {
    this.#findings = findings;
  }

  /** Position of the newest revocation. */
  get feed(): number {
    return this.#feed;
  }

  /** Dispatches without outcome; at most those under way when the log ends. */
  openDispatches(): number {
    return [...this.#decisions.values()].filter(({ dispatched, settled }) => dispatched && !settled).length;
  }

  /** Takes the next leaf. */
  leaf(index: number, leaf: Leaf): void {
    this.#findings.check(leaf.at >= this.#lastAtMs, "store", index, "the leaf time decreases");
    this.#lastAtMs = leaf.at;
    this.#closing(index, leaf);
    switch (leaf.type) {
      case "decision":
        this.#decision(index, leaf);
        break;
      case "token":
        this.#effect(index, leaf);
        break;
      case "dispatch": {
        const decided = this.#effect(index, leaf);
        this.#findings.check(decided?.dispatched !== true, "E-11", index, "a decision is dispatched twice");
        if (decided !== undefined) decided.dispatched = true;
        break;
      }
      case "outcome":
      case "unknown":
        this.#settle(index, leaf.body.decision);
        break;
      case "revocation":
        this.#findings.check(leaf.body.feed === this.#feed + 1, "E-14", index, "the feed has a gap");
        this.#feed = leaf.body.feed;
        break;
    }
  }

  #closing(index: number, leaf: Leaf): void {
    const { txn } = leaf;
    if (txn === undefined) return;
    const allowed = AFTER_CLOSING.has(leaf.type) || !this.#closed.has(txn.id);
    this.#findings.check(allowed, "E-13", index, `a ${leaf.type} follows the closing`);
    const count = this.#counts.get(txn.id) ?? 0;
    this.#counts.set(txn.id, count + 1);
    if (leaf.type !== "closing") return;
    this.#findings.check(leaf.body.entries === count, "E-13", index, "the closing miscounts");
    this.#closed.add(txn.id);
  }

  #decision(index: number, leaf: Leaf<"decision">): void {
    const permits = leaf.body.verdict === "permit";
    this.#decisions.set(leaf.id, { permits, txn: leaf.txn?.id, dispatched: false, settled: false });
    const { feed } = leaf.body;
    const knows = permits ? feed === this.#feed : feed <= this.#feed;
    this.#findings.check(knows, "E-14", index, "a permit does not know a revocation before it");
  }

  #effect(index: number, leaf: Leaf<"token"> | Leaf<"dispatch">): Decided | undefined {
    const decided = this.#decisions.get(leaf.body.decision);
    const permitted = decided?.permits === true && decided.txn === leaf.txn?.id;
    this.#findings.check(permitted, "E-11", index, `a ${leaf.type} without a permit before it`);
    return decided;
  }

  #settle(index: number, decisionId: string): void {
    const decided = this.#decisions.get(decisionId);
    const fits = decided?.dispatched === true && !decided.settled;
    this.#findings.check(fits, "E-11", index, "an outcome without a dispatch, or a second one");
    if (decided !== undefined) decided.settled = true;
  }
}
