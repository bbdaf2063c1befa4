/** Rooms of the state table that the evidence room writes; no other room may. */

/** Single rows: `writer`, `feed`, `clean`. */
export const ROOM_EVIDENCE = "evidence";
/** Wrapped keys of sealed parts: `<scope>/<part>/<random>`. */
export const ROOM_SEAL_KEY = "seal-key";
/** Leaf id, or `<what>:<ref>:<index>`, to leaf index, for leaves that a later one may rest on. */
export const ROOM_ENTRY_INDEX = "entry-index";
/** Transactions, youngest first: `<10^15 - first time>/<txn>`. */
export const ROOM_TXN = "txn";
/** Transactions whose chain may still grow: `<txn>`. */
export const ROOM_TXN_OPEN = "txn-open";
/** Agent refs that have a chain. */
export const ROOM_CHAIN_AGENT = "chain-agent";
/** Published checkpoints: `latest`, `witnessed`. */
export const ROOM_CHECKPOINT = "checkpoint";

/** All rooms above. */
export const EVIDENCE_ROOMS: readonly string[] = [
  ROOM_EVIDENCE,
  ROOM_SEAL_KEY,
  ROOM_ENTRY_INDEX,
  ROOM_TXN,
  ROOM_TXN_OPEN,
  ROOM_CHAIN_AGENT,
  ROOM_CHECKPOINT,
];

/** An index as text that sorts like the number. */
export function sortableIndex(index: number): string {
  return String(index).padStart(15, "0");
}
