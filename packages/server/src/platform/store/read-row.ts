import type { EntryRow, HeadRow, SealedRow } from "./store.ts";
import { storeIncompatible } from "./store-errors.ts";

/** A row as a driver hands it over. TRUST: whoever can write the database chose these values. */
export type RawRow = Readonly<Record<string, unknown>>;

/** @throws NarrowgateError `store_incompatible` when the column holds no safe integer at or above zero */
export function readCount(row: RawRow, column: string): number {
  const value = row[column];
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) throw damaged(column);
  return value;
}

/** @throws NarrowgateError `store_incompatible` when the column holds no text */
export function readText(row: RawRow, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw damaged(column);
  return value;
}

/** @throws NarrowgateError `store_incompatible` when the column holds no bytes */
export function readBytes(row: RawRow, column: string): Uint8Array {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw damaged(column);
  // A driver's own subclass (Buffer) would leak into comparisons and serialisation.
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

/** Reads columns idx, leaf, txn_prev, agent_prev. @throws NarrowgateError `store_incompatible` */
export function readEntry(row: RawRow): EntryRow {
  return {
    index: readCount(row, "idx"),
    leaf: readBytes(row, "leaf"),
    txnPrevious: row.txn_prev === null ? null : readCount(row, "txn_prev"),
    agentPrevious: row.agent_prev === null ? null : readCount(row, "agent_prev"),
  };
}

/** Reads columns seq, hash, idx. @throws NarrowgateError `store_incompatible` */
export function readHead(kind: HeadRow["kind"], id: string, row: RawRow): HeadRow {
  return { kind, id, seq: readCount(row, "seq"), hash: readText(row, "hash"), index: readCount(row, "idx") };
}

/** Part names by their stored number. The order is that of the stored form: append only. */
export const sealedParts: readonly SealedRow["part"][] = ["proof", "inputs", "content"];

/** The part a stored number stands for. @throws NarrowgateError `store_incompatible` */
export function sealedPart(number: number): SealedRow["part"] {
  const part = sealedParts[number];
  if (part === undefined) throw damaged("part");
  return part;
}

function damaged(column: string): Error {
  return storeIncompatible(`the store is damaged: unexpected value in column ${column}`);
}
