import { scanRoom } from "../platform/store/scan-room.ts";
import type { HeadRow, Store } from "../platform/store/store.ts";
import type { ChainHeads } from "./chain-heads.ts";
import { stateRolledBack } from "./errors.ts";
import { ROOM_CHAIN_AGENT, ROOM_TXN_OPEN } from "./rooms.ts";

async function mustHead(store: Store, kind: "txn" | "agent", id: string): Promise<HeadRow> {
  const head = await store.head(kind, id);
  if (head === null) throw stateRolledBack(`the ${kind} chain has no head`);
  return head;
}

/** Loads a transaction's head, so that a leaf may be added to it although it was closed. */
export async function loadTransaction(
  store: Store,
  heads: ChainHeads,
  id: string,
  times: { readonly openedAtMs: number; readonly closedAtMs: number | null },
): Promise<void> {
  heads.restore("txn", { ...(await mustHead(store, "txn", id)), ...times });
}

/**
 * Loads the heads of all chains that may grow: every agent's, every open transaction's, and those closed lately.
 * One point read each: about 15 s for a million agents.
 * @throws `state_rolled_back` when a chain that is known has no head
 */
export async function loadHeads(
  store: Store,
  heads: ChainHeads,
  closed: readonly { readonly id: string; readonly atMs: number }[],
): Promise<void> {
  for await (const { key } of scanRoom(store, ROOM_CHAIN_AGENT)) {
    heads.restore("agent", { ...(await mustHead(store, "agent", key)), openedAtMs: 0, closedAtMs: null });
  }
  for await (const { key, value } of scanRoom(store, ROOM_TXN_OPEN)) {
    await loadTransaction(store, heads, key, { openedAtMs: Number(value), closedAtMs: null });
  }
  for (const { id, atMs } of closed) {
    await loadTransaction(store, heads, id, { openedAtMs: 0, closedAtMs: atMs });
  }
}
