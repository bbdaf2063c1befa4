import { type Leaf, parseLeafBytes } from "@narrowgate/contracts";
import { scanRoom } from "../../platform/store/scan-room.ts";
import type { Store } from "../../platform/store/store.ts";
import { ROOM_ENTRY_INDEX } from "../rooms.ts";
import { LATELY } from "./refused-lately.ts";

/** Leaves that are looked through for one that no index names: one of a transaction, by its id alone. */
const MAX_SEARCHED = 50_000;
const PAGE = 1_000;

/** A leaf, and where it stands. */
export interface FoundEntry {
  readonly index: number;
  readonly leaf: Leaf;
}

async function indexesUnder(store: Store, prefix: string): Promise<readonly number[]> {
  const found: number[] = [];
  for await (const { value } of scanRoom(store, ROOM_ENTRY_INDEX, prefix)) found.push(Number(value));
  return found.sort((a, b) => a - b);
}

/** Indexes of the evaluations of an agent, oldest first. @param ref - the agent's */
export function evaluationIndexes(store: Store, ref: string): Promise<readonly number[]> {
  return indexesUnder(store, `assurance:evaluation:${ref}:`);
}

/** Indexes of all that was put on record of a proposal, oldest first. */
export function releaseIndexes(store: Store, proposal: string): Promise<readonly number[]> {
  return indexesUnder(store, `release:${proposal}:`);
}

/** One leaf. @throws `malformed_input` on a damaged store */
export async function entryAt(store: Store, index: number): Promise<FoundEntry | undefined> {
  const [row] = await store.entries(index, 1);
  return row?.index === index ? { index, leaf: parseLeafBytes(row.leaf) } : undefined;
}

/** The newest leaves about assurance and releases, newest first. @param limit - at most so many */
export async function assuranceLately(store: Store, limit: number): Promise<readonly FoundEntry[]> {
  const all = [...(await indexesUnder(store, "assurance:")), ...(await indexesUnder(store, "release:"))];
  const newest = all.sort((a, b) => b - a).slice(0, limit);
  const found = await Promise.all(newest.map((index) => entryAt(store, index)));
  return found.filter((entry) => entry !== undefined);
}

/** Readings among the newest leaves, newest first. @param limit - at most so many */
export async function readingsLately(
  store: Store,
  limit: number,
): Promise<readonly { readonly index: number; readonly leaf: Leaf<"read"> }[]> {
  const { size } = await store.tree();
  const from = Math.max(0, size - LATELY);
  const found: { index: number; leaf: Leaf<"read"> }[] = [];
  for (const row of [...(await store.entries(from, size - from))].reverse()) {
    const leaf = parseLeafBytes(row.leaf);
    if (leaf.type === "read") found.push({ index: row.index, leaf });
    if (found.length === limit) break;
  }
  return found;
}

async function searchedFor(store: Store, id: string): Promise<FoundEntry | undefined> {
  const { size } = await store.tree();
  const end = Math.max(0, size - MAX_SEARCHED);
  const needle = `"id":"${id}"`;
  for (let before = size; before > end; before -= PAGE) {
    const from = Math.max(end, before - PAGE);
    for (const { index, leaf: bytes } of await store.entries(from, before - from)) {
      if (!Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(needle)) continue;
      const leaf = parseLeafBytes(bytes);
      if (leaf.id === id) return { index, leaf };
    }
  }
  return undefined;
}

/**
 * A leaf by its id. One of a transaction stands in no index: it is looked for among the newest.
 * Trust: `id` and `at` are attacker-controlled; the caller has authenticated an auditor and records the reading (E-2).
 * @param id - 22 characters of base64url; @param at - where it is said to stand
 */
export async function entryById(
  store: Store,
  id: string,
  at: number | undefined,
): Promise<FoundEntry | undefined> {
  const indexed = at ?? Number((await store.get(ROOM_ENTRY_INDEX, id)) ?? Number.NaN);
  const found = Number.isSafeInteger(indexed) ? await entryAt(store, indexed) : undefined;
  return found?.leaf.id === id ? found : searchedFor(store, id);
}
