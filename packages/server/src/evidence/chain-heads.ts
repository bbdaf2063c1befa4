import { isId } from "@narrowgate/kernel";
import type { StateRow } from "../platform/store/store.ts";
import { draftRefused } from "./errors.ts";
import { randomText16 } from "./random-pool.ts";
import { ROOM_CHAIN_AGENT, ROOM_TXN, ROOM_TXN_OPEN } from "./rooms.ts";

/** The newest leaf of a chain, in memory. `seq` is -1 before the first leaf. */
export interface ChainHead {
  readonly kind: "txn" | "agent";
  readonly id: string;
  seq: number;
  hash: string | null;
  index: number | null;
  /** Leaf time of the first leaf; transactions only. */
  openedAtMs: number;
  /** Leaf time of the closing leaf; transactions only. */
  closedAtMs: number | null;
}

/** A head as the store remembers it. */
export interface KnownHead {
  readonly id: string;
  readonly seq: number;
  readonly hash: string;
  readonly index: number;
  readonly openedAtMs: number;
  readonly closedAtMs: number | null;
}

/** Transactions opened but never written to that are remembered; beyond it the oldest is forgotten. */
const MAX_UNUSED = 10_000;
/** Keeps {@link transactionKey} sorted youngest first until the year 33658. */
const FAR_FUTURE_MS = 1_000_000_000_000_000;

function head(kind: "txn" | "agent", id: string): ChainHead {
  return { kind, id, seq: -1, hash: null, index: null, openedAtMs: 0, closedAtMs: null };
}

/** Key of a transaction in the `txn` room. */
export function transactionKey(id: string, openedAtMs: number): string {
  return `${String(FAR_FUTURE_MS - openedAtMs).padStart(15, "0")}/${id}`;
}

/** Rows that say a transaction has begun, or how it ended. */
export function transactionRows(txn: ChainHead, atMs: number): readonly StateRow[] {
  const closed = txn.closedAtMs !== null;
  const last = closed ? atMs : "null";
  const state = closed ? "closed" : "open";
  const row = `{"entries":${txn.seq + 1},"first":${txn.openedAtMs},"id":"${txn.id}","last":${last},"state":"${state}"}`;
  return [
    { room: ROOM_TXN, key: transactionKey(txn.id, txn.openedAtMs), value: row },
    { room: ROOM_TXN_OPEN, key: txn.id, value: closed ? null : String(txn.openedAtMs) },
  ];
}

/** Row that says an agent has a chain, so that its head is loaded at the next start. */
export function agentRow(ref: string): StateRow {
  return { room: ROOM_CHAIN_AGENT, key: ref, value: "1" };
}

/**
 * The heads of all chains that a leaf may still be added to, in memory, because `record` is synchronous.
 *
 * INVARIANT: a chain that is not here either has no leaf (an agent never seen) or may not grow (a transaction that was
 * never opened, or was closed longer ago than `closedWindowMs`), so no look-up can miss an older head and break E-3.
 * Held: every agent, every open transaction, and closed ones for the window in which a late `outcome` may come.
 */
export class ChainHeads {
  readonly #writerId: string;
  readonly #closedWindowMs: number;
  readonly #agents = new Map<string, ChainHead>();
  readonly #txns = new Map<string, ChainHead>();
  readonly #unused = new Set<string>();
  /** Closed transactions, longest closed first. */
  readonly #closed: ChainHead[] = [];

  /** @param closedWindowMs - how long after its closing a transaction may still get an outcome */
  constructor(writerId: string, closedWindowMs: number) {
    this.#writerId = writerId;
    this.#closedWindowMs = closedWindowMs;
  }

  /** Names a new transaction of this writer. @see docs/spec/evidence.md E-5 */
  open(): string {
    const id = `${this.#writerId}.${randomText16()}`;
    this.#txns.set(id, head("txn", id));
    this.#unused.add(id);
    if (this.#unused.size > MAX_UNUSED) {
      const [oldest = id] = this.#unused;
      this.#unused.delete(oldest);
      this.#txns.delete(oldest);
    }
    return id;
  }

  /** @throws `internal_error` when the transaction was not opened here, or closed too long ago */
  txn(id: string): ChainHead {
    const found = this.#txns.get(id);
    if (found === undefined) throw draftRefused("the transaction is not open");
    if (found.seq === -1) this.#unused.delete(id);
    return found;
  }

  /** The head of an agent's chain, a new one for an agent never seen. @throws `internal_error` for what is no ref */
  agent(ref: string): ChainHead {
    const found = this.#agents.get(ref);
    if (found !== undefined) return found;
    // A name in the place of a ref would be public for good.
    if (!isId(ref)) throw draftRefused("an agent is named by its ref, not by its name");
    const fresh = head("agent", ref);
    this.#agents.set(ref, fresh);
    return fresh;
  }

  /** Tells whether a leaf may be added to the transaction now. */
  hasTxn(id: string): boolean {
    return this.#txns.has(id);
  }

  /** Puts a head from the store in place; a closed transaction stays for the window. */
  restore(kind: "txn" | "agent", known: KnownHead): void {
    const chains = kind === "agent" ? this.#agents : this.#txns;
    // INVARIANT: a head in memory is never older than the store's, so it is never replaced by that.
    if (chains.has(known.id)) return;
    const restored: ChainHead = { kind, ...known };
    chains.set(known.id, restored);
    if (known.closedAtMs !== null) this.closed(restored);
  }

  /** Notes that a transaction was closed; it is forgotten after the window. */
  closed(txn: ChainHead): void {
    this.#closed.push(txn);
  }

  /** Forgets transactions whose window is over at leaf time `atMs`. */
  sweep(atMs: number): void {
    for (let first = this.#closed[0]; first !== undefined; first = this.#closed[0]) {
      if ((first.closedAtMs ?? 0) + this.#closedWindowMs >= atMs) return;
      this.#closed.shift();
      this.#txns.delete(first.id);
    }
  }

  /** Chains in memory, for metrics. */
  counts(): { readonly agents: number; readonly txns: number } {
    return { agents: this.#agents.size, txns: this.#txns.size };
  }
}
