import { readFile } from "node:fs/promises";
import type { StateChange } from "@narrowgate/contracts";
import { randomId, toBase64url } from "@narrowgate/kernel";
import { sha256Base64url } from "../platform/crypto-hash/sha256.ts";
import { replaceFile } from "../platform/keys/atomic-file.ts";
import type { Store } from "../platform/store/store.ts";
import { type Anchor, readAnchor } from "./anchor.ts";
import { checkedChange } from "./check-change.ts";
import { beginLog, type FirstCommit, type NewLog } from "./create-evidence.ts";
import { stateRolledBack } from "./errors.ts";
import type { EvidenceSetup } from "./evidence.ts";
import { restate } from "./restate.ts";
import { loadTreeEdge } from "./tree-edge.ts";
import { loadFeed, loadWriter, type WriterIdentity } from "./writer-row.ts";

/** What is left of the log that is given up. */
export interface LostLog {
  /** The store as it is, also an old copy; null when there is none. */
  readonly store: Store | null;
  /** Rooms of other rooms' state that are carried over; revocations are not among what could be lost, see `recover`. */
  readonly carry: readonly string[];
  /** What is labelled anew because nobody knows what the lost tail said of it. `genesis` is the leaf it follows from. */
  readonly labels: (store: Store, genesis: string) => Promise<Pick<FirstCommit, "leaves" | "rows">>;
  /** State that follows from the epoch of kind `all` being raised, made by the room that keeps epochs. */
  readonly changes: (epochAll: number) => readonly StateChange[];
}

interface LastHead {
  readonly origin: string;
  readonly size: number;
  readonly root: string;
  readonly epochAll: number;
}

async function headOfStore(store: Store): Promise<LastHead> {
  const { origin } = await loadWriter(store);
  const { frontier } = await loadTreeEdge(store);
  const { all } = await loadFeed(store);
  return { origin, size: frontier.size, root: toBase64url(frontier.root()), epochAll: all };
}

/** The anchor of the lost log; the copy kept aside when an earlier `recover` was cut short. */
async function lostAnchor({ anchorPath, custody }: EvidenceSetup): Promise<Anchor | undefined> {
  const aside = `${anchorPath}.lost`;
  const anchor = await readAnchor(anchorPath, custody.log).catch(() => undefined);
  if (anchor === undefined || anchor.size === 0) return readAnchor(aside, custody.log).catch(() => undefined);
  await replaceFile(aside, await readFile(anchorPath));
  return anchor;
}

async function lastHead(setup: EvidenceSetup, lost: LostLog): Promise<LastHead> {
  const anchor = await lostAnchor(setup);
  const stored = lost.store === null ? undefined : await headOfStore(lost.store).catch(() => undefined);
  // A store of another log than the anchor's says nothing of that log.
  const isSame = anchor === undefined || anchor.origin === stored?.origin;
  const [first, second] = [anchor, isSame ? stored : undefined].filter((head) => head !== undefined);
  if (first === undefined) throw stateRolledBack("neither a store nor an anchor is left to go on from");
  const newest = second !== undefined && second.size > first.size ? second : first;
  return { ...newest, epochAll: Math.max(first.epochAll, second?.epochAll ?? 0) };
}

/**
 * Gives up a log that was lost or rolled back and begins a new one in an empty store: new writer and origin, a genesis
 * that names the last head known, and a revocation that raises the epoch of kind `all`, so that nothing issued under the
 * lost log is worth anything. What a lost tail revoked needs no telling: everything is revoked.
 * Open transactions do not go on: their home writer is gone.
 * @throws `conflict` when `setup.store` is not empty, `state_rolled_back` when nothing is left to go on from
 */
export async function recoverEvidence(
  setup: EvidenceSetup,
  log: NewLog,
  lost: LostLog,
): Promise<WriterIdentity> {
  const last = await lastHead(setup, lost);
  const epoch = last.epochAll + 1;
  const none = { leaves: [], rows: [] };
  const genesis = randomId();
  const { store } = lost;
  const carried = store === null ? none : await restate(store, setup.custody.keyEncryption, lost.carry);
  const labelled = store === null ? none : await lost.labels(store, genesis);
  return beginLog(setup, log, {
    genesis,
    previous: { size: last.size, root: last.root, origin_digest: sha256Base64url(last.origin) },
    leaves: [
      { type: "revocation", body: { feed: 1, kind: "all", id: "all", epoch, by: "system" } },
      ...carried.leaves,
      ...labelled.leaves,
    ],
    rows: [...carried.rows, ...labelled.rows, ...lost.changes(epoch).map(checkedChange)],
  });
}
