import {
  type Leaf,
  type Openings,
  parseInputsOpening,
  parseLeafBytes,
  parseSealedOpening,
} from "@narrowgate/contracts";
import {
  NarrowgateError,
  parseStrictJson,
  readEnum,
  readInteger,
  readObject,
  readString,
} from "@narrowgate/kernel";
import type { Store } from "../../platform/store/store.ts";
import { transactionKey } from "../chain-heads.ts";
import type { OpeningReader } from "../openings.ts";
import { ROOM_TXN } from "../rooms.ts";

/** A leaf with its index and what could be opened of it. */
export interface OpenedEntry {
  readonly index: number;
  readonly leaf: Leaf;
  readonly openings: Openings;
}

const MAX_PART_BYTES = 32 * 1024 * 1024;

/** Reads one entry with its openings. @throws `not_found`, `verification_failed`, `malformed_input` on a damaged store */
export async function openedEntry(store: Store, reader: OpeningReader, index: number): Promise<OpenedEntry> {
  const [row] = await store.entries(index, 1);
  if (row?.index !== index) throw new NarrowgateError("not_found", "there is no such entry");
  const leaf = parseLeafBytes(row.leaf);
  const { proof, inputs, content } = await reader.open(index, leaf.id);
  const parse = (text: string): unknown => parseStrictJson(text, { maxBytes: MAX_PART_BYTES });
  return {
    index,
    leaf,
    openings: {
      ...(proof === undefined ? {} : { proof: parseSealedOpening(leaf.type, "proof", parse(proof)) }),
      ...(inputs === undefined ? {} : { inputs: parseInputsOpening(parse(inputs)) }),
      ...(content === undefined ? {} : { content: parseSealedOpening(leaf.type, "content", parse(content)) }),
    },
  };
}

/** Indexes of a transaction's leaves below `size`, oldest first. @throws `not_found` when it has none */
export async function transactionIndexes(
  store: Store,
  txn: string,
  size: number,
): Promise<readonly number[]> {
  const indexes: number[] = [];
  let at: number | null = (await store.head("txn", txn))?.index ?? null;
  while (at !== null) {
    const [row] = await store.entries(at, 1);
    if (at < size) indexes.push(at);
    at = row?.txnPrevious ?? null;
  }
  if (indexes.length === 0) throw new NarrowgateError("not_found", "there is no such transaction");
  return indexes.reverse();
}

/**
 * All leaves of a transaction with what can be opened of them, oldest first: raw material for the console.
 * Trust: gives out sealed content; the caller has authenticated an auditor and recorded the reading (E-2).
 * @throws `not_found`, `verification_failed`
 */
export async function transactionEntries(
  store: Store,
  reader: OpeningReader,
  txn: string,
): Promise<readonly OpenedEntry[]> {
  const { size } = await store.tree();
  const indexes = await transactionIndexes(store, txn, size);
  return Promise.all(indexes.map((index) => openedEntry(store, reader, index)));
}

/** A transaction as it is listed. `entries` counts leaves when the row was written: at the opening or the closing. */
export interface ListedTransaction {
  readonly id: string;
  readonly firstMs: number;
  readonly lastMs: number | null;
  readonly state: "open" | "closed";
  readonly entries: number;
}

function readRow(text: string): ListedTransaction {
  const row = readObject(parseStrictJson(text), "", ["entries", "first", "id", "last", "state"]);
  return {
    id: readString(row.id, "/id"),
    firstMs: readInteger(row.first, "/first"),
    lastMs: row.last === null ? null : readInteger(row.last, "/last"),
    state: readEnum(row.state, "/state", ["open", "closed"]),
    entries: readInteger(row.entries, "/entries"),
  };
}

/** Where a page begins. */
interface TransactionPage {
  /** The last one of the page before, or else the key that the page begins behind. */
  readonly after?: ListedTransaction;
  readonly afterKey?: string;
  /** 1 to 1000. */
  readonly limit: number;
}

/** Lists transactions, youngest first. */
export async function listTransactions(
  store: Store,
  { after, afterKey, limit }: TransactionPage,
): Promise<readonly ListedTransaction[]> {
  const key = afterKey ?? (after === undefined ? undefined : transactionKey(after.id, after.firstMs));
  const from = key === undefined ? {} : { after: key };
  const rows = await store.scan(ROOM_TXN, { ...from, limit: Math.min(Math.max(limit, 1), 1000) });
  return rows.map(({ value }) => readRow(value));
}
