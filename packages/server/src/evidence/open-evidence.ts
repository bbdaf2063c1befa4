import type { LeafDraft } from "@narrowgate/contracts";
import {
  parseStrictJson,
  randomId,
  readInteger,
  readObject,
  readString,
  toBase64url,
} from "@narrowgate/kernel";
import { AnchorFile, readAnchor } from "./anchor.ts";
import { ChainHeads } from "./chain-heads.ts";
import { checkAnchor } from "./check-anchor.ts";
import { stateRolledBack } from "./errors.ts";
import { DEFAULT_WINDOW_MS, Evidence, type EvidenceSetup } from "./evidence.ts";
import { missingKeyLeaves } from "./key-leaves.ts";
import { loadHeads } from "./load-heads.ts";
import { ROOM_CHECKPOINT } from "./rooms.ts";
import { type OpenDispatch, readTailWindow, type SeenUse } from "./tail-window.ts";
import { loadTreeEdge } from "./tree-edge.ts";
import { cleanRow, loadClean, loadFeed, loadWriter } from "./writer-row.ts";

/** An open log and what its newest leaves say that the other rooms must know. */
export interface OpenedEvidence {
  readonly evidence: Evidence;
  /** Leaf id and index of the boot leaf. */
  readonly boot: { readonly id: string; readonly index: number };
  /** Proofs used within the window: single use holds over a restart. */
  readonly uses: readonly SeenUse[];
  /** Dispatches whose outcome nobody knows; each has its `unknown` leaf now. */
  readonly unknown: readonly OpenDispatch[];
  readonly clean: boolean;
}

function unknownLeaf({ decision, txn, agent }: OpenDispatch, boot: string): LeafDraft {
  return {
    type: "unknown",
    ...(txn === undefined ? {} : { txn }),
    ...(agent === undefined ? {} : { agent }),
    body: { decision, boot },
  };
}

async function restoreWitnessed(evidence: Evidence): Promise<void> {
  const text = await evidence.store.get(ROOM_CHECKPOINT, "witnessed");
  if (text === null) return;
  const row = readObject(parseStrictJson(text), "", ["note", "size"]);
  evidence.publisher.restoreWitnessed({
    size: readInteger(row.size, "/size"),
    note: readString(row.note, "/note"),
  });
}

/**
 * Opens the log: the store against its anchor, the tail against the tree, then one commit with the `boot` leaf, an
 * `unknown` for each dispatch left open, and key leaves that a crash kept back.
 * If we crash during it, nothing has changed or all of it has; opening again is always right.
 * @param procedure - digest of the decision procedure this process runs
 * @throws `store_missing`, `state_rolled_back`, `evidence_unavailable`
 */
export async function openEvidence(setup: EvidenceSetup, procedure: string): Promise<OpenedEvidence> {
  const { store, custody } = setup;
  const windowMs = setup.windowMs ?? DEFAULT_WINDOW_MS;
  const identity = await loadWriter(store);
  const known = await readAnchor(setup.anchorPath, custody.log);
  if (known.origin !== identity.origin) throw stateRolledBack("the anchor is that of another log");
  const edge = await loadTreeEdge(store);
  const feed = await loadFeed(store);
  const standing = await checkAnchor(store, edge, feed, known);
  const tail = await readTailWindow(store, edge, identity.writerId, windowMs);
  const heads = new ChainHeads(identity.writerId, windowMs);
  await loadHeads(store, heads, tail.closed);
  const clean = await loadClean(store);
  const { size } = edge.frontier;
  const root = toBase64url(edge.frontier.root());
  const position = { id: identity.writerId, next: size, prev: tail.lastHash, lastAtMs: tail.lastAtMs, feed };
  const anchor = new AnchorFile(setup.anchorPath, custody.log, known);
  const evidence = new Evidence(setup, { identity, position, heads, edge, anchor });
  await restoreWitnessed(evidence);
  const boot = randomId();
  const body = { boot, size, root, anchor: standing, procedure, feed: feed.position, clean };
  const leaves: LeafDraft[] = [
    { type: "boot", body },
    ...tail.openDispatches.map((dispatch) => unknownLeaf(dispatch, boot)),
    ...(await missingKeyLeaves(store, custody)),
  ];
  const recorded = evidence.recordStart(leaves, [cleanRow(false)]);
  await recorded.durable;
  await evidence.freshCheckpoint();
  const [first] = recorded.leaves;
  if (first === undefined) throw stateRolledBack("the boot leaf is missing");
  return {
    evidence,
    boot: { id: first.id, index: first.index },
    uses: tail.uses,
    unknown: tail.openDispatches,
    clean,
  };
}
