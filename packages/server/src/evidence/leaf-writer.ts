import type { DraftOrNext, LeafDraft, RecordedLeaf } from "@narrowgate/contracts";
import { type Clock, canonicalJson } from "@narrowgate/kernel";
import { sha256Base64url } from "../platform/crypto-hash/sha256.ts";
import type { EntryRow, SealedRow, StateRow } from "../platform/store/store.ts";
import { agentRow, type ChainHead, type ChainHeads, transactionRows } from "./chain-heads.ts";
import { checkClosing, checkPermit } from "./draft-rules.ts";
import { entryIndexRows } from "./entry-index.ts";
import { draftRefused } from "./errors.ts";
import { advanceFeed, type Feed, feedRow } from "./feed.ts";
import { type ChainPlace, leafText, MAX_LEAF_BYTES } from "./leaf-text.ts";
import { randomText16 } from "./random-pool.ts";
import type { Sealer } from "./sealing.ts";

/** Where the writer stands: the next leaf index, and what the newest leaf left behind. */
export interface WriterPosition {
  readonly id: string;
  readonly next: number;
  readonly prev: string | null;
  readonly lastAtMs: number;
  readonly feed: Feed;
}

/** Leaves with their places and everything that is stored beside them. */
export interface PlacedGroup {
  readonly leaves: readonly RecordedLeaf[];
  readonly entries: readonly EntryRow[];
  readonly hashes: readonly Uint8Array[];
  readonly heads: ReadonlySet<ChainHead>;
  readonly sealed: readonly SealedRow[];
  readonly state: readonly StateRow[];
  readonly bytes: number;
  readonly revokes: boolean;
}

/** What the writer needs. */
export interface LeafWriterParts {
  readonly position: WriterPosition;
  readonly heads: ChainHeads;
  readonly sealer: Sealer;
  readonly clock: Clock;
  /** Told when the clock stands before the newest leaf; leaf times never decrease. */
  readonly onClockBehind: (behindMs: number) => void;
}

interface Stage {
  readonly leaves: RecordedLeaf[];
  readonly entries: EntryRow[];
  readonly hashes: Uint8Array[];
  readonly heads: Set<ChainHead>;
  readonly sealed: SealedRow[];
  readonly state: StateRow[];
  /** Undoes, newest last. */
  readonly undo: (() => void)[];
  readonly closed: ChainHead[];
  bytes: number;
  revokes: boolean;
}

function place(head: ChainHead | undefined): ChainPlace | undefined {
  return head === undefined ? undefined : { id: head.id, prev: head.hash, seq: head.seq + 1 };
}

/** Gives drafts their place in the log: id, time, sequence numbers, previous hashes. Synchronous, in memory only. */
export class LeafWriter {
  readonly #heads: ChainHeads;
  readonly #sealer: Sealer;
  readonly #clock: Clock;
  readonly #onClockBehind: (behindMs: number) => void;
  readonly #id: string;
  #next: number;
  #prev: string | null;
  #lastAtMs: number;
  #feed: Feed;

  constructor({ position, heads, sealer, clock, onClockBehind }: LeafWriterParts) {
    this.#heads = heads;
    this.#sealer = sealer;
    this.#clock = clock;
    this.#onClockBehind = onClockBehind;
    this.#id = position.id;
    this.#next = position.next;
    this.#prev = position.prev;
    this.#lastAtMs = position.lastAtMs;
    this.#feed = position.feed;
  }

  /** Revocations placed so far. */
  get feed(): Feed {
    return this.#feed;
  }

  /** Leaf time of the newest leaf placed. */
  get lastAtMs(): number {
    return this.#lastAtMs;
  }

  /** Time a leaf written now would carry. */
  get nextAtMs(): number {
    return Math.max(this.#lastAtMs, this.#clock.nowMs());
  }

  /**
   * Places a group. INVARIANT: when it throws, no head, sequence number or feed position has moved.
   * @throws `internal_error`, `malformed_input`, `conflict` on a draft that breaks a rule; whatever a draft function throws
   */
  placeGroup(group: readonly DraftOrNext[]): PlacedGroup {
    const before = { next: this.#next, prev: this.#prev, feed: this.#feed };
    const stage: Stage = {
      leaves: [],
      entries: [],
      hashes: [],
      heads: new Set(),
      sealed: [],
      state: [],
      undo: [],
      closed: [],
      bytes: 0,
      revokes: false,
    };
    try {
      for (const draft of group)
        this.#place(typeof draft === "function" ? draft(stage.leaves) : draft, stage);
    } catch (cause) {
      for (const undo of stage.undo.reverse()) undo();
      this.#next = before.next;
      this.#prev = before.prev;
      this.#feed = before.feed;
      throw cause;
    }
    for (const txn of stage.closed) this.#heads.closed(txn);
    this.#heads.sweep(this.#lastAtMs);
    return stage;
  }

  #place(draft: LeafDraft, stage: Stage): void {
    const txn = draft.txn === undefined ? undefined : this.#heads.txn(draft.txn);
    const agent = draft.agent === undefined ? undefined : this.#heads.agent(draft.agent);
    if (txn !== undefined) checkClosing(draft, txn);
    checkPermit(draft, this.#feed);
    const at = this.#time();
    const id = draft.id ?? randomText16();
    const index = this.#next;
    const sealed = this.#sealer.seal(draft, id, index);
    const text = leafText({
      agent: place(agent),
      at,
      bodyText: canonicalJson(draft.body),
      id,
      sealed: sealed.commitments,
      txn: place(txn),
      type: draft.type,
      writer: { id: this.#id, prev: this.#prev, seq: index },
    });
    const { leaf, hash } = hashLeaf(text);
    stage.entries.push({ index, leaf, txnPrevious: txn?.index ?? null, agentPrevious: agent?.index ?? null });
    stage.sealed.push(...sealed.rows);
    stage.bytes += leaf.length + sealed.bytes;
    stage.leaves.push({ id, index, hash });
    stage.hashes.push(Buffer.from(hash, "base64url"));
    this.#advanceChains(draft, { txn, agent, at, hash, index }, stage);
    this.#advanceFeed(draft, stage);
    stage.state.push(...entryIndexRows(draft, id, index));
    this.#next = index + 1;
    this.#prev = hash;
  }

  /** Never decreases, whatever the clock does: a leaf time is a claim, but a monotonic one. */
  #time(): number {
    const now = this.#clock.nowMs();
    if (now < this.#lastAtMs) this.#onClockBehind(this.#lastAtMs - now);
    else this.#lastAtMs = now;
    return this.#lastAtMs;
  }

  #advanceChains(
    draft: LeafDraft,
    placed: {
      txn: ChainHead | undefined;
      agent: ChainHead | undefined;
      at: number;
      hash: string;
      index: number;
    },
    stage: Stage,
  ): void {
    const { txn, agent, at, hash, index } = placed;
    if (agent !== undefined) {
      advance(agent, hash, index, stage);
      if (agent.seq === 0) stage.state.push(agentRow(agent.id));
    }
    if (txn === undefined) return;
    advance(txn, hash, index, stage);
    if (txn.seq === 0) txn.openedAtMs = at;
    if (draft.type === "closing") {
      txn.closedAtMs = at;
      stage.closed.push(txn);
    }
    if (txn.seq === 0 || draft.type === "closing") stage.state.push(...transactionRows(txn, at));
  }

  #advanceFeed(draft: LeafDraft, stage: Stage): void {
    if (draft.type !== "revocation") return;
    this.#feed = advanceFeed(this.#feed, draft);
    stage.revokes = true;
    stage.state.push(feedRow(this.#feed));
  }
}

function advance(head: ChainHead, hash: string, index: number, stage: Stage): void {
  const { seq, hash: oldHash, index: oldIndex, openedAtMs, closedAtMs } = head;
  stage.undo.push(() => Object.assign(head, { seq, hash: oldHash, index: oldIndex, openedAtMs, closedAtMs }));
  stage.heads.add(head);
  head.seq = seq + 1;
  head.hash = hash;
  head.index = index;
}

/** RFC 6962 leaf hash over 0x00 and the text, in one buffer; the leaf is a view into it. */
function hashLeaf(text: string): { leaf: Uint8Array; hash: string } {
  const length = Buffer.byteLength(text, "utf8");
  if (length > MAX_LEAF_BYTES) throw draftRefused(`a leaf has ${length} bytes`);
  const prefixed = Buffer.allocUnsafeSlow(length + 1);
  prefixed[0] = 0;
  prefixed.write(text, 1, "utf8");
  return { leaf: prefixed.subarray(1), hash: sha256Base64url(prefixed) };
}
