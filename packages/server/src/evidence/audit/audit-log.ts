import { type Leaf, type LeafType, parseLeafBytes } from "@narrowgate/contracts";
import { equalBytes, isNarrowgateError, toBase64url } from "@narrowgate/kernel";
import { Frontier, hashLength, leafHash, tileWidth } from "@narrowgate/tlog";
import { nodeSha256 } from "../../platform/crypto-hash/sha256.ts";
import type { EntryRow, Store } from "../../platform/store/store.ts";
import type { OpeningReader } from "../openings.ts";
import { loadFeed } from "../writer-row.ts";
import { ChainAudit } from "./audit-chains.ts";
import { EffectAudit } from "./audit-effects.ts";
import { type AuditFinding, AuditFindings } from "./audit-findings.ts";
import { SealedAudit } from "./audit-sealed.ts";

/** What a whole log came to. It is sound exactly when `findings` is empty. */
export interface AuditReport {
  readonly size: number;
  /** Tree root over the leaves as read, base64url. */
  readonly root: string;
  readonly feed: number;
  readonly leaves: { readonly [T in LeafType]?: number };
  /** Dispatches without outcome. */
  readonly openDispatches: number;
  /** Parts that an erasure explains. */
  readonly erased: number;
  /** The first hundred. */
  readonly findings: readonly AuditFinding[];
  readonly findingCount: number;
}

const PAGE = 512;

async function* allEntries(store: Store, size: number): AsyncGenerator<EntryRow, void, undefined> {
  for (let from = 0; from < size; from += PAGE) yield* await store.entries(from, Math.min(PAGE, size - from));
}

function parseEntry({ index, leaf }: EntryRow, findings: AuditFindings): Leaf | undefined {
  try {
    return parseLeafBytes(leaf);
  } catch (error) {
    if (!isNarrowgateError(error)) throw error;
    findings.check(false, "E-6", index, error.publicMessage);
    return undefined;
  }
}

/** Appends to the tree and holds each full tile against the store's. */
async function growTree(
  store: Store,
  tree: Frontier,
  hash: Uint8Array,
  findings: AuditFindings,
): Promise<void> {
  const completed: { level: number; index: number; hash: Uint8Array }[] = [];
  const at = tree.size;
  tree.append(hash, (level, index, subtree) => {
    if (level % 8 === 0) completed.push({ level: level / 8, index, hash: subtree });
  });
  for (const { level, index, hash: expected } of completed) {
    const place = index % tileWidth;
    const tile = await store.tile(level, Math.floor(index / tileWidth));
    const found = tile?.subarray(place * hashLength, (place + 1) * hashLength);
    // A tile that is not full yet is not stored.
    if (found !== undefined)
      findings.check(equalBytes(found, expected), "E-2", at, "a tile has another hash");
    if (place === tileWidth - 1) findings.check(found !== undefined, "E-2", at, "a full tile is missing");
  }
}

/**
 * Reads a whole log and checks everything that can be checked without trusting who wrote it: leaves, hashes, tiles,
 * chains without gaps, effects after decisions, closings, the feed, sealed parts against their commitments.
 * Needs memory for every transaction and agent of the log.
 * @param openings - for opening sealed parts; without it only their presence is checked
 * @returns findings rather than throwing; throws what the store throws
 * @see docs/spec/evidence.md E-3 to E-14
 */
export async function auditLog(store: Store, openings?: OpeningReader): Promise<AuditReport> {
  const findings = new AuditFindings();
  const { size, frontier } = await store.tree();
  const chains = new ChainAudit(findings);
  const effects = new EffectAudit(findings);
  const sealed = new SealedAudit(findings, store, openings);
  const tree = new Frontier(nodeSha256);
  const leaves: { [T in LeafType]?: number } = {};
  for await (const row of allEntries(store, size)) {
    findings.check(row.index === tree.size, "E-3", row.index, "an entry is missing before this one");
    const hash = leafHash(nodeSha256, row.leaf);
    await growTree(store, tree, hash, findings);
    const leaf = parseEntry(row, findings);
    if (leaf === undefined) continue;
    leaves[leaf.type] = (leaves[leaf.type] ?? 0) + 1;
    findings.check(
      (leaf.type === "genesis") === (row.index === 0),
      "E-3",
      row.index,
      "genesis is not the first leaf",
    );
    chains.leaf(row, leaf, toBase64url(hash));
    effects.leaf(row.index, leaf);
    await sealed.leaf(row.index, leaf);
  }
  const isWhole =
    tree.size === size && equalBytes(tree.serialise(), size === 0 ? tree.serialise() : frontier);
  findings.check(isWhole, "E-1", size, "the frontier is not that of the leaves");
  await chains.finish(store);
  sealed.finish();
  const feed = await loadFeed(store);
  findings.check(feed.position === effects.feed, "store", size, "the feed row is not that of the leaves");
  return {
    size,
    root: toBase64url(tree.root()),
    feed: effects.feed,
    leaves,
    openDispatches: effects.openDispatches(),
    erased: sealed.erased,
    findings: findings.kept,
    findingCount: findings.count,
  };
}
