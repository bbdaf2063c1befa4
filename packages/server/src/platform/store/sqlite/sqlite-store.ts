import type { DatabaseSync } from "node:sqlite";
import { isNarrowgateError } from "@narrowgate/kernel";
import { checkBatch } from "../check-batch.ts";
import { prefixEnd } from "../prefix-end.ts";
import { readBytes, readCount, readEntry, readHead, readText, sealedPart } from "../read-row.ts";
import type { Batch, EntryRow, HeadRow, SealedRow, Store } from "../store.ts";
import { storeConflict, storeUnavailable } from "../store-errors.ts";
import { addSealedParts, eraseSealedParts } from "./sealed-parts.ts";
import { prepareSqliteStatements, type SqliteStatements } from "./sqlite-statements.ts";

/**
 * The store on an open, migrated and exclusively held SQLite database.
 * Every call is one synchronous piece of work inside an asynchronous face, so commits never interleave.
 * A commit costs one sync of the write-ahead log; see docs/design/store.md.
 */
export class SqliteStore implements Store {
  readonly #db: DatabaseSync;
  readonly #sql: SqliteStatements;
  /** Why the store cannot be used any more; null while it can. */
  #stopped: string | null = null;

  /** @param db - held by nobody else, and closed by {@link close} alone */
  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#sql = prepareSqliteStatements(db);
  }

  async commit(batch: Batch): Promise<void> {
    const size = checkBatch(batch);
    this.#run(() => {
      this.#sql.begin.run();
      try {
        this.#apply(batch, size);
      } catch (cause) {
        this.#undo();
        throw cause;
      }
      this.#finish(batch.eraseKeys.length > 0);
    });
  }

  async tree(): Promise<{ readonly size: number; readonly frontier: Uint8Array }> {
    return this.#run(() => {
      const row = this.#sql.tree.get() ?? {};
      return { size: readCount(row, "size"), frontier: readBytes(row, "frontier") };
    });
  }

  async entries(from: number, count: number): Promise<readonly EntryRow[]> {
    return this.#run(() => this.#sql.entries.all(from, count).map(readEntry));
  }

  async sealed(index: number): Promise<readonly SealedRow[]> {
    return this.#run(() =>
      this.#sql.sealed.all(index).map((row) => ({
        index,
        part: sealedPart(readCount(row, "pos") % 4),
        keyId: readText(row, "key_id"),
        ciphertext: readBytes(row, "ciphertext"),
      })),
    );
  }

  async head(kind: HeadRow["kind"], id: string): Promise<HeadRow | null> {
    return this.#run(() => {
      const row = this.#sql.head.get(kind, id);
      return row === undefined ? null : readHead(kind, id, row);
    });
  }

  async tile(level: number, index: number): Promise<Uint8Array | null> {
    return this.#run(() => {
      const row = this.#sql.tile.get(level, index);
      return row === undefined ? null : readBytes(row, "hashes");
    });
  }

  async get(room: string, key: string): Promise<string | null> {
    return this.#run(() => {
      const row = this.#sql.get.get(room, key);
      return row === undefined ? null : readText(row, "value");
    });
  }

  async scan(
    room: string,
    options: { readonly prefix?: string; readonly after?: string; readonly limit: number },
  ): Promise<readonly { readonly key: string; readonly value: string }[]> {
    const { prefix = "", after = "", limit } = options;
    const end = prefixEnd(prefix);
    return this.#run(() => {
      const rows =
        end === null
          ? this.#sql.scan.all(room, prefix, after, limit)
          : this.#sql.scanBelow.all(room, prefix, after, end, limit);
      return rows.map((row) => ({ key: readText(row, "key"), value: readText(row, "value") }));
    });
  }

  async close(): Promise<void> {
    if (!this.#db.isOpen) return;
    this.#stopped ??= "the store is closed";
    this.#db.close();
  }

  #apply(batch: Batch, size: number): void {
    const sql = this.#sql;
    // ORDER: the size first, so that a second writer is refused before anything else is touched.
    const { changes } = sql.advance.run(size, batch.frontier, batch.expectedSize);
    if (changes !== 1) throw storeConflict(`the log does not have ${batch.expectedSize} entries`);
    for (const row of batch.entries)
      sql.addEntry.run(row.index, row.leaf, row.txnPrevious, row.agentPrevious);
    for (const row of batch.heads) sql.setHead.run(row.kind, row.id, row.seq, row.hash, row.index);
    addSealedParts(sql, batch.sealed);
    for (const row of batch.tiles) sql.addTile.run(row.level, row.index, row.hashes);
    for (const row of batch.state) {
      if (row.value === null) sql.deleteState.run(row.room, row.key);
      else sql.setState.run(row.room, row.key, row.value);
    }
    for (const keyId of batch.eraseKeys) eraseSealedParts(sql, keyId);
  }

  #undo(): void {
    try {
      this.#sql.rollback.run();
    } catch {
      // SQLite may have rolled back by itself (full disk, I/O error); what is on disk is for recovery to say.
      this.#stopped = "a failed commit could not be rolled back";
    }
  }

  #finish(erased: boolean): void {
    try {
      this.#sql.commit.run();
      // Erased ciphertext must not live on in the write-ahead log.
      if (erased) this.#sql.truncateWal.get();
    } catch (cause) {
      // INVARIANT: after a failed sync the pages in memory say nothing about the disk; only a new open may go on.
      this.#stopped = "a commit failed; whether it is on disk is unknown";
      throw storeUnavailable(this.#stopped, cause);
    }
  }

  #run<T>(work: () => T): T {
    if (this.#stopped !== null) throw storeUnavailable(this.#stopped);
    try {
      return work();
    } catch (cause) {
      if (isNarrowgateError(cause)) throw cause;
      throw storeUnavailable("the database refused a statement", cause);
    }
  }
}
