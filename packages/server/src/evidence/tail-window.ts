import { equalBytes, toBase64url } from "@narrowgate/kernel";
import { hashLength, leafHash, tileWidth, treeRoot } from "@narrowgate/tlog";
import { nodeSha256 } from "../platform/crypto-hash/sha256.ts";
import type { EntryRow, Store } from "../platform/store/store.ts";
import { stateRolledBack } from "./errors.ts";
import { readStoredLeaf, type StoredLeaf } from "./stored-leaf.ts";
import { durableHashes, readTile, type TreeEdge } from "./tree-edge.ts";

/** A use of a possession proof: `decision.use` of a recent leaf. */
export interface SeenUse {
  readonly use: string;
  readonly atMs: number;
}

/** A dispatch whose outcome was never recorded. */
export interface OpenDispatch {
  readonly decision: string;
  readonly txn: string | undefined;
  readonly agent: string | undefined;
}

/** What the newest leaves say. */
export interface TailWindow {
  /** Index of the first leaf of the window. */
  readonly from: number;
  /** Hash of the newest leaf, null in an empty log. */
  readonly lastHash: string | null;
  readonly lastAtMs: number;
  readonly uses: readonly SeenUse[];
  readonly openDispatches: readonly OpenDispatch[];
  /** Transactions closed within the window. */
  readonly closed: readonly { readonly id: string; readonly atMs: number }[];
}

const NOTHING: TailWindow = {
  from: 0,
  lastHash: null,
  lastAtMs: 0,
  uses: [],
  openDispatches: [],
  closed: [],
};

/** Reads a block of entries that make one tile, and holds their hashes against it. */
async function readBlock(
  store: Store,
  edge: TreeEdge,
  block: number,
  size: number,
): Promise<readonly EntryRow[]> {
  const first = block * tileWidth;
  const width = Math.min(tileWidth, size - first);
  const rows = await store.entries(first, width);
  const tile = await readTile(store, edge, { level: 0, index: block, width });
  if (rows.length !== width) throw stateRolledBack("entries are missing");
  rows.forEach((row, i) => {
    const hash = tile.subarray(i * hashLength, (i + 1) * hashLength);
    const isThere = row.index === first + i && equalBytes(leafHash(nodeSha256, row.leaf), hash);
    if (!isThere) throw stateRolledBack(`entry ${first + i} is not the one in the tree`);
  });
  return rows;
}

/** Holds the writer's chain over leaves in order; returns the hash of the last. */
function checkChain(
  rows: readonly EntryRow[],
  leaves: readonly StoredLeaf[],
  writerId: string,
): string | null {
  let prev: string | null = null;
  leaves.forEach(({ writer }, i) => {
    const row = rows[i];
    const fits = row !== undefined && writer.id === writerId && writer.seq === row.index;
    if (!fits || (i > 0 && writer.prev !== prev))
      throw stateRolledBack(`entry ${row?.index} breaks the chain`);
    prev = toBase64url(leafHash(nodeSha256, row.leaf));
  });
  return prev;
}

function seenUse(leaf: StoredLeaf): SeenUse[] {
  const use = leaf.body("use");
  return use === undefined ? [] : [{ use, atMs: leaf.at }];
}

function summarise(leaves: readonly StoredLeaf[]): Pick<TailWindow, "uses" | "openDispatches" | "closed"> {
  const uses: SeenUse[] = [];
  const closed: { id: string; atMs: number }[] = [];
  const open = new Map<string, OpenDispatch>();
  for (const leaf of leaves) {
    const decision = leaf.body("decision") ?? "";
    switch (leaf.type) {
      case "decision":
        uses.push(...seenUse(leaf));
        break;
      case "closing":
        closed.push({ id: leaf.txn ?? "", atMs: leaf.at });
        break;
      case "dispatch":
        open.set(decision, { decision, txn: leaf.txn, agent: leaf.agent });
        break;
      case "outcome":
      case "unknown":
        open.delete(decision);
        break;
    }
  }
  return { uses, openDispatches: [...open.values()], closed };
}

/**
 * Verifies the newest leaves of the log and says what they leave open.
 * Checks: the tiles give the frontier's root; each entry of the window is the one in the tree; the writer's chain.
 * @param windowMs - leaf time to look back from the newest leaf
 * @throws `state_rolled_back` when something does not fit
 */
export async function readTailWindow(
  store: Store,
  edge: TreeEdge,
  writerId: string,
  windowMs: number,
): Promise<TailWindow> {
  const { size } = edge.frontier;
  if (size === 0) return NOTHING;
  const root = await treeRoot(nodeSha256, size, durableHashes(store, edge, size));
  if (!equalBytes(root, edge.frontier.root())) throw stateRolledBack("the tiles do not give the root");
  const blocks: (readonly EntryRow[])[] = [];
  let lastAtMs = 0;
  for (let block = Math.floor((size - 1) / tileWidth); block >= 0; block--) {
    const rows = await readBlock(store, edge, block, size);
    blocks.push(rows);
    const [first] = rows;
    const last = rows.at(-1);
    if (first === undefined || last === undefined) throw stateRolledBack("entries are missing");
    lastAtMs = Math.max(lastAtMs, readStoredLeaf(last.leaf).at);
    if (readStoredLeaf(first.leaf).at < lastAtMs - windowMs) break;
  }
  const rows = blocks.reverse().flat();
  const leaves = rows.map(({ leaf }) => readStoredLeaf(leaf));
  const lastHash = checkChain(rows, leaves, writerId);
  return { from: rows[0]?.index ?? 0, lastHash, lastAtMs, ...summarise(leaves) };
}
