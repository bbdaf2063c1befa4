import { parseLeafBytes } from "@narrowgate/contracts";
import type { Store } from "../../platform/store/store.ts";
import type { OpeningReader } from "../openings.ts";
import { ROOM_ENTRY_INDEX } from "../rooms.ts";
import { type OpenedEntry, openedEntry } from "./transaction-entries.ts";

/** Leaves that one page looks at; their sealed inputs are a few kilobytes each. */
export const DECISIONS_WIDTH = 512;

const prefix = "policy:";
const maxVersions = 1_000_000;
const maxProposals = 64;

/** The first index whose leaf is not older; times are the writer's, which do not fall but for a clock set back. */
async function firstSince(store: Store, size: number, sinceMs: number): Promise<number> {
  let [low, high] = [0, size];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [row] = await store.entries(middle, 1);
    if (row === undefined || parseLeafBytes(row.leaf).at >= sinceMs) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Decisions of one stretch of the log, opened, and where the next begins. */
export interface DecisionPage {
  readonly entries: readonly OpenedEntry[];
  /** Absent at the end of the log. */
  readonly next?: number;
}

/**
 * Reads decisions in log order with what can be opened of them.
 * Trust: gives out sealed content; the caller has authenticated an auditor and records the reading (E-2).
 * @param from - an index; or absent, to begin with the first leaf not older than `sinceMs`
 * @throws `verification_failed`, `malformed_input` on a damaged store
 */
export async function decisionPage(
  store: Store,
  reader: OpeningReader,
  { from, sinceMs }: { readonly from?: number; readonly sinceMs: number },
): Promise<DecisionPage> {
  const { size } = await store.tree();
  const begin = from ?? (await firstSince(store, size, sinceMs));
  const rows = await store.entries(begin, DECISIONS_WIDTH);
  const indexes = rows.flatMap(({ index, leaf }) => {
    const { type, sealed } = parseLeafBytes(leaf);
    return type === "decision" && sealed?.inputs !== undefined ? [index] : [];
  });
  const entries: OpenedEntry[] = [];
  for (const index of indexes) entries.push(await openedEntry(store, reader, index));
  const next = begin + rows.length;
  return { entries, ...(rows.length > 0 && next < size ? { next } : {}) };
}

/**
 * Indexes of requests that may have proposed what came into force at `before`, newest first: refused by `conflict` while
 * other policies were in force. Only the newest are looked at.
 * @param inForce - digest of those others
 */
export async function proposalIndexes(
  store: Store,
  inForce: string,
  before: number,
): Promise<readonly number[]> {
  const rows = await store.scan(ROOM_ENTRY_INDEX, { prefix: `proposal:${inForce}:`, limit: maxVersions });
  const indexes = rows.map(({ value }) => Number(value)).filter((index) => index < before);
  return indexes.slice(-maxProposals).reverse();
}

/** Indexes of all leaves that brought policies into force, in log order. */
export async function policyIndexes(store: Store): Promise<readonly number[]> {
  const rows = await store.scan(ROOM_ENTRY_INDEX, { prefix, limit: maxVersions });
  return rows.map(({ value }) => Number(value)).sort((a, b) => a - b);
}
