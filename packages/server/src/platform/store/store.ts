/**
 * The durable store: one append-only log and one keyed state table, changed together.
 *
 * Trust: whoever can write the store can rewrite history unseen by us; witnesses and the anchor outside the store are
 * what shows it. Guarantee asked of every driver: `commit` is atomic and durable on return (fsync), a failed `commit`
 * leaves either all or nothing, and only one process holds the store at a time.
 */

/** One log entry. Links are indexes of the previous entry of the same transaction and agent, so that a story can be walked without a secondary index. */
export interface EntryRow {
  readonly index: number;
  readonly leaf: Uint8Array;
  readonly txnPrevious: number | null;
  readonly agentPrevious: number | null;
}

/** The newest entry of a chain. */
export interface HeadRow {
  readonly kind: "txn" | "agent";
  readonly id: string;
  readonly seq: number;
  readonly hash: string;
  readonly index: number;
}

/** An encrypted part of an entry; erasable, hence apart from the entry. */
export interface SealedRow {
  readonly index: number;
  readonly part: "proof" | "inputs" | "content";
  readonly keyId: string;
  readonly ciphertext: Uint8Array;
}

/** A full hash tile (256 hashes of 32 bytes). */
export interface TileRow {
  readonly level: number;
  readonly index: number;
  readonly hashes: Uint8Array;
}

/** A change of the keyed state table; `null` deletes. `value` is canonical JSON text. */
export interface StateRow {
  readonly room: string;
  readonly key: string;
  readonly value: string | null;
}

/** What changes in one atomic commit. */
export interface Batch {
  /** Log size before this batch; a driver refuses with `conflict` when it differs (a second writer). */
  readonly expectedSize: number;
  readonly entries: readonly EntryRow[];
  readonly heads: readonly HeadRow[];
  readonly sealed: readonly SealedRow[];
  readonly tiles: readonly TileRow[];
  readonly state: readonly StateRow[];
  /** Serialised right edge of the tree after this batch. */
  readonly frontier: Uint8Array;
  /** Keys whose sealed parts go, with their ciphertext (erasure). */
  readonly eraseKeys: readonly string[];
}

/** Driver port; the contract suite in testkit runs on each driver. */
export interface Store {
  /** Applies a batch atomically; durable on return. @throws `conflict`, `store_unavailable` (state unknown: the caller stops) */
  commit(batch: Batch): Promise<void>;
  /** Log size and frontier as last committed. */
  tree(): Promise<{ readonly size: number; readonly frontier: Uint8Array }>;
  entries(from: number, count: number): Promise<readonly EntryRow[]>;
  sealed(index: number): Promise<readonly SealedRow[]>;
  head(kind: "txn" | "agent", id: string): Promise<HeadRow | null>;
  tile(level: number, index: number): Promise<Uint8Array | null>;
  get(room: string, key: string): Promise<string | null>;
  scan(
    room: string,
    options: { readonly prefix?: string; readonly after?: string; readonly limit: number },
  ): Promise<readonly { readonly key: string; readonly value: string }[]>;
  close(): Promise<void>;
}
