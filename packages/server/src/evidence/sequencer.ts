import type { DraftOrNext, EvidenceSink, Recorded, StateChange } from "@narrowgate/contracts";
import type { Batch, EntryRow, HeadRow, SealedRow, StateRow, Store } from "../platform/store/store.ts";
import type { ChainHead } from "./chain-heads.ts";
import { checkedChange } from "./check-change.ts";
import { evidenceUnavailable, overloaded } from "./errors.ts";
import type { Feed } from "./feed.ts";
import type { LeafWriter, PlacedGroup } from "./leaf-writer.ts";
import type { Sealer } from "./sealing.ts";
import type { TreeEdge } from "./tree-edge.ts";

/** How much may wait for the disk. */
export interface QueueLimits {
  /** Leaves waiting; beyond it `record` refuses with `overloaded`. */
  readonly maxLeaves: number;
  /** Bytes of leaves and sealed parts waiting. */
  readonly maxBytes: number;
}

/** A quarter of a second of leaves at full speed. */
export const DEFAULT_QUEUE_LIMITS: QueueLimits = { maxLeaves: 8192, maxBytes: 64 * 1024 * 1024 };

/** The durable tree: what may be signed. */
export interface DurableTree {
  readonly size: number;
  /** Serialised frontier at `size`. */
  readonly frontier: Uint8Array;
  readonly feed: Feed;
}

/** What the sequencer is made of. */
export interface SequencerParts {
  readonly store: Store;
  readonly edge: TreeEdge;
  readonly writer: LeafWriter;
  readonly sealer: Sealer;
  readonly limits: QueueLimits;
  /** Awaited after a commit that holds a revocation, before its `durable` resolves (the anchor). */
  readonly afterRevocation: (durable: DurableTree) => Promise<void>;
  /** Told once, when the writer stops because the state of the store is unknown. */
  readonly onFatal: (cause: unknown) => void;
}

/** What goes into one commit, and who waits for it. */
interface Pending {
  readonly entries: EntryRow[];
  readonly hashes: Uint8Array[];
  readonly heads: Set<ChainHead>;
  readonly sealed: SealedRow[];
  /** By room and key: a commit changes a key once, to its last value. */
  readonly state: Map<string, StateRow>;
  readonly eraseKeys: string[];
  bytes: number;
  revokes: boolean;
  /** Somebody waits for it, be it for nothing but its place in the order. */
  asked: boolean;
  readonly done: PromiseWithResolvers<void>;
}

function newPending(): Pending {
  const done = Promise.withResolvers<void>();
  // A caller may drop `durable`; the stop is reported by onFatal and by every later call all the same.
  done.promise.catch(() => undefined);
  return {
    entries: [],
    hashes: [],
    heads: new Set(),
    sealed: [],
    state: new Map(),
    eraseKeys: [],
    bytes: 0,
    revokes: false,
    asked: false,
    done,
  };
}

function stateKey({ room, key }: StateRow): string {
  return `${room}\0${key}`;
}

function headRow({ kind, id, seq, hash, index }: ChainHead): HeadRow[] {
  return hash === null || index === null ? [] : [{ kind, id, seq, hash, index }];
}

/**
 * The one writer of the log.
 *
 * The order of a commit, and what a crash leaves behind; each has a test of that name:
 * 1. *placed*: ids, times, numbers and hashes are given, in memory. If we crash here, nothing is on disk and nobody was
 *    answered.
 * 2. *assembled*: the tree has grown in memory and the batch is complete. If we crash here, the same.
 * 3. *committed*: the store has the batch. If we crash during it, it has all or nothing; if after it, the leaves stand,
 *    no effect has happened, and the next start writes `unknown` for a dispatch among them.
 * 4. *anchored* (only with a revocation): the anchor outside the store knows it. If we crash before, the next start finds
 *    the anchor behind the store and goes on; the revocation holds, for it is in the store.
 * 5. *told*: `durable` resolves and effects happen. If we crash now, an effect may or may not have happened; its
 *    dispatch has no outcome, and the next start writes `unknown`.
 * Checkpoints are signed only over what 3 has reached (checkpoints.ts).
 *
 * Failure: a commit that fails leaves the store in an unknown state. The writer stops for good; only a restart, which
 * reads what is on disk, goes on.
 */
export class Sequencer implements EvidenceSink {
  readonly #parts: SequencerParts;
  #pending: Pending = newPending();
  #scheduled = false;
  #committing: Promise<void> | null = null;
  #stopped: { readonly cause: unknown } | null = null;
  #durable: DurableTree;
  #commits = 0;

  constructor(parts: SequencerParts) {
    this.#parts = parts;
    const { frontier } = parts.edge;
    this.#durable = { size: frontier.size, frontier: frontier.serialise(), feed: parts.writer.feed };
  }

  /** The tree as it is on disk for certain. */
  get durable(): DurableTree {
    return this.#durable;
  }

  /** Commits made and leaves waiting, for metrics. */
  get counts(): { readonly commits: number; readonly waiting: number } {
    return { commits: this.#commits, waiting: this.#pending.entries.length };
  }

  /**
   * Records a group of leaves with its state changes, as one.
   * @throws `evidence_unavailable` when the writer has stopped, `overloaded` when the queue is full; `conflict`,
   * `internal_error`, `malformed_input` on a draft that breaks a rule. Then nothing of the group was taken.
   */
  record(group: readonly DraftOrNext[], changes: readonly StateChange[] = []): Recorded {
    return this.append(group, changes.map(checkedChange), []);
  }

  /** {@link Sequencer.record} for the evidence room itself: any room of the state table, and keys to erase. */
  append(group: readonly DraftOrNext[], rows: readonly StateRow[], eraseKeys: readonly string[]): Recorded {
    this.#checkOpen();
    // 1 placed
    const placed = this.#parts.writer.placeGroup(group);
    const pending = this.#pending;
    this.#queue(placed, rows, eraseKeys);
    this.#schedule();
    return { leaves: placed.leaves, durable: pending.done.promise };
  }

  /** Resolves when all that was recorded so far is durable. @throws `evidence_unavailable` */
  async flush(): Promise<void> {
    this.#checkRunning();
    await (this.#pending.asked ? this.#pending.done.promise : this.#committing);
    this.#checkRunning();
  }

  /** Takes no more groups; what was queued is committed first. Resolves also when the writer had stopped. */
  async close(): Promise<void> {
    await this.flush().catch(() => undefined);
    this.#stopped ??= { cause: undefined };
  }

  #checkRunning(): void {
    if (this.#stopped !== null) throw evidenceUnavailable(this.#stopped.cause);
  }

  #checkOpen(): void {
    this.#checkRunning();
    const { maxLeaves, maxBytes } = this.#parts.limits;
    if (this.#pending.entries.length >= maxLeaves || this.#pending.bytes >= maxBytes) throw overloaded();
  }

  #queue(placed: PlacedGroup, rows: readonly StateRow[], eraseKeys: readonly string[]): void {
    const pending = this.#pending;
    pending.entries.push(...placed.entries);
    pending.hashes.push(...placed.hashes);
    pending.sealed.push(...placed.sealed);
    pending.eraseKeys.push(...eraseKeys);
    for (const head of placed.heads) pending.heads.add(head);
    for (const row of placed.state) pending.state.set(stateKey(row), row);
    for (const row of rows) pending.state.set(stateKey(row), row);
    pending.bytes += placed.bytes;
    pending.revokes ||= placed.revokes;
    pending.asked = true;
  }

  /**
   * One commit for what two turns of the event loop recorded, so one sync of the disk. The second turn lets in what was
   * on its way already (a signature just verified, a request just read): a third fewer commits under load, and no
   * waiting when there is none.
   */
  #schedule(): void {
    if (this.#scheduled || this.#committing !== null) return;
    this.#scheduled = true;
    const commit = (): void => {
      this.#scheduled = false;
      this.#committing = this.#commit();
    };
    setImmediate(() => setImmediate(commit));
  }

  async #commit(): Promise<void> {
    const pending = this.#pending;
    this.#pending = newPending();
    try {
      // 2 assembled
      const { batch, durable } = this.#assemble(pending);
      // 3 committed
      await this.#parts.store.commit(batch);
      this.#parts.edge.settle();
      this.#durable = durable;
      this.#commits += 1;
      // 4 anchored
      if (pending.revokes) await this.#parts.afterRevocation(durable);
    } catch (cause) {
      this.#stop(cause, pending);
      return;
    }
    // 5 told
    pending.done.resolve();
    this.#committing = null;
    if (this.#pending.asked) this.#schedule();
  }

  #assemble(pending: Pending): { batch: Batch; durable: DurableTree } {
    const { edge, sealer, writer } = this.#parts;
    for (const hash of pending.hashes) edge.append(hash);
    const frontier = edge.frontier.serialise();
    // ORDER: new keys first, for an erasure in the same batch may delete them again.
    const state = new Map(sealer.takeNewKeyRows().map((row) => [stateKey(row), row]));
    for (const [key, row] of pending.state) state.set(key, row);
    const batch: Batch = {
      expectedSize: this.#durable.size,
      entries: pending.entries,
      // INVARIANT: nothing was placed since this batch was taken, so the heads in memory are those of its last leaves.
      heads: [...pending.heads].flatMap(headRow),
      sealed: pending.sealed,
      tiles: edge.fullTiles(),
      state: [...state.values()],
      frontier,
      eraseKeys: pending.eraseKeys,
    };
    return { batch, durable: { size: edge.frontier.size, frontier, feed: writer.feed } };
  }

  #stop(cause: unknown, pending: Pending): void {
    // INVARIANT: whether the batch is on disk is unknown, so no later batch may be tried on top of it.
    this.#stopped = { cause };
    this.#committing = null;
    pending.done.reject(evidenceUnavailable(cause));
    this.#pending.done.reject(evidenceUnavailable(cause));
    this.#parts.onFatal(cause);
  }
}
