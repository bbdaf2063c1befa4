import type { DraftOrNext, EvidenceSink, Recorded, StateChange } from "@narrowgate/contracts";
import type { Clock } from "@narrowgate/kernel";
import type { KeyCustody } from "../platform/keys/custody.ts";
import type { StateRow, Store } from "../platform/store/store.ts";
import type { AnchorFile } from "./anchor.ts";
import type { ChainHeads } from "./chain-heads.ts";
import { anchorOf, CheckpointSigner, type SignedCheckpoint } from "./checkpoints.ts";
import { type ErasureOrder, eraseParts } from "./erase.ts";
import { LeafWriter, type WriterPosition } from "./leaf-writer.ts";
import { loadTransaction } from "./load-heads.ts";
import { Publisher } from "./publisher.ts";
import { Sealer } from "./sealing.ts";
import { DEFAULT_QUEUE_LIMITS, type DurableTree, type QueueLimits, Sequencer } from "./sequencer.ts";
import type { TreeEdge } from "./tree-edge.ts";
import { type OnRecorded, recordWatched } from "./watch-groups.ts";
import { cleanRow, type WriterIdentity } from "./writer-row.ts";

/** Longest a call may take, and longest a proof may be replayed: leaf time that recovery looks back. */
export const DEFAULT_WINDOW_MS: number = 15 * 60 * 1000;

/** What the evidence room is given. */
export interface EvidenceSetup {
  readonly store: Store;
  readonly custody: KeyCustody;
  readonly clock: Clock;
  /** Path of the anchor; not beside the store. */
  readonly anchorPath: string;
  /** Leaf time that recovery looks back; default 15 minutes. */
  readonly windowMs?: number;
  readonly limits?: QueueLimits;
  /** How often a grown log is published; default 1000 ms. */
  readonly publishEveryMs?: number;
  /** Told once when the writer stops for good; the process must end, and a restart recovers. */
  readonly onFatal?: (cause: unknown) => void;
  /** Told when the clock stands before the newest leaf. */
  readonly onClockBehind?: (behindMs: number) => void;
  /** Told of each group that other rooms record, once it is queued. Must not throw. */
  readonly onRecorded?: OnRecorded;
}

/** Where a writer starts from. */
export interface WriterStart {
  readonly identity: WriterIdentity;
  readonly position: WriterPosition;
  readonly heads: ChainHeads;
  readonly edge: TreeEdge;
  readonly anchor: AnchorFile;
}

/** An open log: the port of the other rooms, and what only the composition hands on (checkpoints, tiles, erasure). */
export class Evidence implements EvidenceSink {
  readonly identity: WriterIdentity;
  readonly store: Store;
  readonly edge: TreeEdge;
  readonly custody: KeyCustody;
  readonly #sequencer: Sequencer;
  readonly #writer: LeafWriter;
  readonly #heads: ChainHeads;
  readonly #sealer: Sealer;
  readonly #signer: CheckpointSigner;
  readonly #publisher: Publisher;
  readonly #onRecorded: OnRecorded | undefined;

  constructor(setup: EvidenceSetup, start: WriterStart) {
    const { store, custody, clock } = setup;
    const { identity, heads, edge, anchor } = start;
    this.identity = identity;
    this.store = store;
    this.edge = edge;
    this.custody = custody;
    this.#onRecorded = setup.onRecorded;
    this.#heads = heads;
    this.#sealer = new Sealer(custody.keyEncryption);
    const onClockBehind = setup.onClockBehind ?? (() => undefined);
    this.#writer = new LeafWriter({
      position: start.position,
      heads,
      sealer: this.#sealer,
      clock,
      onClockBehind,
    });
    this.#sequencer = new Sequencer({
      store,
      edge,
      writer: this.#writer,
      sealer: this.#sealer,
      limits: setup.limits ?? DEFAULT_QUEUE_LIMITS,
      afterRevocation: (durable) => anchor.write(anchorOf(identity.origin, durable)),
      onFatal: setup.onFatal ?? (() => undefined),
    });
    this.#signer = new CheckpointSigner(identity.origin, custody.log, () => this.#sequencer.durable);
    this.#publisher = new Publisher({
      signer: this.#signer,
      sequencer: this.#sequencer,
      anchor,
      origin: identity.origin,
      everyMs: setup.publishEveryMs ?? 1000,
    });
  }

  /** @see EvidenceSink */
  record(group: readonly DraftOrNext[], changes: readonly StateChange[] = []): Recorded {
    if (this.#onRecorded === undefined) return this.#sequencer.record(group, changes);
    return recordWatched(this.#sequencer, this.#onRecorded, group, changes);
  }

  /** {@link Evidence.record} with rows of this room; for opening alone. */
  recordStart(leaves: readonly DraftOrNext[], rows: readonly StateRow[]): Recorded {
    return this.#sequencer.append(leaves, rows, []);
  }

  /** Names a new transaction; only leaves of transactions named here are taken. @see docs/spec/evidence.md E-5 */
  openTransaction(): string {
    return this.#heads.open();
  }

  /** Leaves of a transaction so far. @throws `internal_error` when it is not open */
  transactionLength(txn: string): number {
    return this.#heads.txn(txn).seq + 1;
  }

  /** Position of the newest revocation placed in the log; the next one carries this plus one. */
  feedPosition(): number {
    return this.#writer.feed.position;
  }

  /** Time a leaf recorded now would carry, in Unix ms: not before that of the newest leaf, whatever the clock does. */
  nextLeafAtMs(): number {
    return this.#writer.nextAtMs;
  }

  /** The tree as it is on disk for certain. */
  get durable(): DurableTree {
    return this.#sequencer.durable;
  }

  /** Checkpoints as they are published. */
  get publisher(): Publisher {
    return this.#publisher;
  }

  /** Commits made, leaves waiting, chains in memory: for metrics. */
  counts(): {
    readonly commits: number;
    readonly waiting: number;
    readonly agents: number;
    readonly txns: number;
  } {
    return { ...this.#sequencer.counts, ...this.#heads.counts() };
  }

  /** Resolves when all that was recorded so far is durable. @throws `evidence_unavailable` */
  flush(): Promise<void> {
    return this.#sequencer.flush();
  }

  /** Signs and publishes a checkpoint over all that is durable now. */
  freshCheckpoint(): Promise<SignedCheckpoint> {
    return this.#publisher.publish();
  }

  /**
   * Erases sealed parts of a transaction: wrapped keys and ciphertexts go, in one commit with the leaf that says so.
   * @throws `state_rolled_back` when there is no such transaction
   * @see docs/spec/evidence.md E-10
   */
  async erase(order: ErasureOrder): Promise<Recorded> {
    if (!this.#heads.hasTxn(order.txn)) {
      // ORDER: its last leaf must be in the store before the head is read there; none can follow while it is forgotten.
      await this.flush();
      const closedAtMs = this.#writer.lastAtMs;
      await loadTransaction(this.store, this.#heads, order.txn, { openedAtMs: 0, closedAtMs });
    }
    return eraseParts({ store: this.store, sequencer: this.#sequencer, sealer: this.#sealer }, order);
  }

  /**
   * Commits what was recorded, publishes the last checkpoint and anchor, and marks the end as clean. Resolves also when
   * the writer had stopped; may be called twice. Leaves the store open.
   */
  async close(): Promise<void> {
    await this.#publisher.stop();
    await this.#markClean().catch(() => undefined);
    await this.#sequencer.close();
  }

  /** Rejects when the writer has stopped: that end is not clean. */
  async #markClean(): Promise<void> {
    await this.#sequencer.append([], [cleanRow(true)], []).durable;
  }
}
