import type { StateChange, StateReader } from "@narrowgate/contracts";
import { type JsonValue, readInteger, readObject } from "@narrowgate/kernel";
import { loadRows } from "../platform/store/load-rows.ts";

/** Room of the state table that holds what open transactions have spent. */
export const SPENT_ROOM = "spent";

/** What a transaction has spent: amounts in minor units, permitted calls, rows of their results. */
export interface Spent {
  readonly amount: number;
  readonly calls: number;
  readonly rows: number;
}

/** Spent of a transaction that is about to change. */
export interface SpentChange {
  readonly change: StateChange;
  /** Call in the turn the group is queued. */
  apply(): void;
}

/** What the open transactions have spent. */
export interface SpentTable {
  of(txn: string): Spent;
  /** Whether the transaction spent anything and has not ended. */
  isOpen(txn: string): boolean;
  /** @returns undefined when a sum would leave ±(2^53 − 1): then nobody can say what was spent */
  add(txn: string, more: Partial<Spent>): SpentChange | undefined;
  /** Rows that go with the end of a transaction; what it spent is forgotten in the same turn. */
  end(txn: string): readonly StateChange[];
}

const nothing: Spent = { amount: 0, calls: 0, rows: 0 };

function parseRow(value: JsonValue, path: string): Spent {
  const row = readObject(value, path, ["amount", "calls", "rows"]);
  return {
    amount: readInteger(row.amount, `${path}/amount`, { min: Number.MIN_SAFE_INTEGER }),
    calls: readInteger(row.calls, `${path}/calls`),
    rows: readInteger(row.rows, `${path}/rows`),
  };
}

/**
 * Loads what every open transaction has spent.
 * @throws NarrowgateError `malformed_input` when a stored row is damaged
 */
export async function openSpent(state: StateReader): Promise<SpentTable> {
  const table = new Map<string, Spent>(
    await loadRows(state, SPENT_ROOM, (value, path, key) => [key, parseRow(value, path)] as const),
  );
  return {
    of: (txn) => table.get(txn) ?? nothing,
    isOpen: (txn) => table.has(txn),
    add(txn, more) {
      const before = table.get(txn) ?? nothing;
      const value = {
        amount: before.amount + (more.amount ?? 0),
        calls: before.calls + (more.calls ?? 0),
        rows: before.rows + (more.rows ?? 0),
      };
      if (!Object.values(value).every(Number.isSafeInteger)) return undefined;
      return {
        change: { room: SPENT_ROOM, key: txn, value },
        apply: () => void table.set(txn, value),
      };
    },
    end: (txn) => (table.delete(txn) ? [{ room: SPENT_ROOM, key: txn, value: null }] : []),
  };
}
