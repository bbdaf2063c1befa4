import { type Leaf, parseLeafBytes, SEALED_PARTS, type SealedPart } from "@narrowgate/contracts";
import type { Store } from "../platform/store/store.ts";
import { transactionKey } from "./chain-heads.ts";
import {
  type ListedTransaction,
  listTransactions,
  transactionIndexes,
} from "./export/transaction-entries.ts";
import { ROOM_SEAL_KEY } from "./rooms.ts";

/** Whom a transaction is about, as its public leaves say. */
export interface TransactionFacts {
  readonly txn: string;
  /** Refs. */
  readonly agents: ReadonlySet<string>;
  readonly subjects: ReadonlySet<string>;
  /** Unix milliseconds of its first and its last leaf. */
  readonly firstMs: number;
  readonly lastMs: number;
  readonly isClosed: boolean;
}

async function leavesOf(store: Store, txn: string, before?: number): Promise<readonly Leaf[]> {
  const size = before ?? (await store.tree()).size;
  const leaves: Leaf[] = [];
  for (const index of await transactionIndexes(store, txn, size)) {
    const [row] = await store.entries(index, 1);
    if (row !== undefined) leaves.push(parseLeafBytes(row.leaf));
  }
  return leaves;
}

/**
 * Reads whom a transaction is about; nothing sealed is opened.
 * @param before - index under which leaves are read; all where it is absent. @throws `not_found`
 */
export async function transactionFacts(
  store: Store,
  txn: string,
  before?: number,
): Promise<TransactionFacts> {
  const leaves = await leavesOf(store, txn, before);
  return {
    txn,
    agents: new Set(leaves.flatMap(({ agent }) => agent?.id ?? [])),
    subjects: new Set(leaves.flatMap((leaf) => (leaf.type === "mandate" ? [leaf.body.subject] : []))),
    firstMs: leaves[0]?.at ?? 0,
    lastMs: leaves.at(-1)?.at ?? 0,
    isClosed: leaves.some(({ type }) => type === "closing"),
  };
}

/** Which of these parts of a transaction were not erased yet. */
export async function partsLeft(
  store: Store,
  txn: string,
  parts: readonly SealedPart[] = SEALED_PARTS,
): Promise<readonly SealedPart[]> {
  const left = await Promise.all(
    parts.map((part) => store.scan(ROOM_SEAL_KEY, { prefix: `txn/${txn}/${part}/`, limit: 1 })),
  );
  return parts.filter((_, i) => (left[i]?.length ?? 0) > 0);
}

const PAGE = 500;

/** Transactions that began before an instant, youngest first. @param beforeMs - Unix milliseconds */
export async function* transactionsBefore(
  store: Store,
  beforeMs: number,
): AsyncGenerator<ListedTransaction, void, undefined> {
  // Keys run from young to old, so that a key of that instant stands before all that began earlier.
  let after: string | undefined = transactionKey("~", beforeMs);
  while (after !== undefined) {
    const page: readonly ListedTransaction[] = await listTransactions(store, {
      afterKey: after,
      limit: PAGE,
    });
    yield* page;
    const last = page.at(-1);
    after = last === undefined || page.length < PAGE ? undefined : transactionKey(last.id, last.firstMs);
  }
}
