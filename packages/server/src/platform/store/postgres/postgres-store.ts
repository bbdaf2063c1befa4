import type { Client } from "pg";
import { checkBatch } from "../check-batch.ts";
import { prefixEnd } from "../prefix-end.ts";
import { type RawRow, readBytes, readCount, readEntry, readHead, readText, sealedPart } from "../read-row.ts";
import type { Batch, EntryRow, HeadRow, SealedRow, Store } from "../store.ts";
import { storeConflict, storeLocked, storeUnavailable } from "../store-errors.ts";
import { commitStatement } from "./commit-statement.ts";
import { isRolledBack, postgresError } from "./postgres-connection.ts";
import { queryInTurn, type SendQuery } from "./query-in-turn.ts";

/** What a held store runs on. */
export interface PostgresHold {
  /** Holds the advisory lock; commits go through it alone. */
  readonly writer: Client;
  /** Reads see what is committed, and never wait for a commit. */
  readonly reader: Client;
  /** Fencing epoch: a later holder has a greater one, and each commit checks it. */
  readonly epoch: number;
}

/**
 * The store in a PostgreSQL database that this process holds.
 * A lost connection is not made anew: the lock went with it, so the store has to be opened again.
 */
export class PostgresStore implements Store {
  readonly #hold: PostgresHold;
  readonly #write: SendQuery;
  readonly #read: SendQuery;
  /** Why the store cannot be used any more; null while it can. */
  #stopped: string | null = null;

  constructor(hold: PostgresHold) {
    this.#hold = hold;
    this.#write = queryInTurn(hold.writer);
    this.#read = queryInTurn(hold.reader);
  }

  async commit(batch: Batch): Promise<void> {
    const size = checkBatch(batch);
    if (this.#stopped !== null) throw storeUnavailable(this.#stopped);
    if (await this.#advance(batch, size)) return;
    const row = (await this.#rows("epoch", "SELECT epoch FROM narrowgate.meta WHERE id = 0", []))[0] ?? {};
    if (readCount(row, "epoch") === this.#hold.epoch) {
      throw storeConflict(`the log does not have ${batch.expectedSize} entries`);
    }
    this.#stopped = "another server has taken the store over";
    throw storeLocked(this.#stopped);
  }

  async tree(): Promise<{ readonly size: number; readonly frontier: Uint8Array }> {
    const rows = await this.#rows("tree", "SELECT size, frontier FROM narrowgate.meta WHERE id = 0", []);
    const row = rows[0] ?? {};
    return { size: readCount(row, "size"), frontier: readBytes(row, "frontier") };
  }

  async entries(from: number, count: number): Promise<readonly EntryRow[]> {
    const text =
      "SELECT idx, leaf, txn_prev, agent_prev FROM narrowgate.entry WHERE idx >= $1 ORDER BY idx LIMIT $2";
    return (await this.#rows("entries", text, [from, count])).map(readEntry);
  }

  async sealed(index: number): Promise<readonly SealedRow[]> {
    const text = "SELECT part, key_id, ciphertext FROM narrowgate.sealed WHERE idx = $1 ORDER BY part";
    return (await this.#rows("sealed", text, [index])).map((row) => ({
      index,
      part: sealedPart(readCount(row, "part")),
      keyId: readText(row, "key_id"),
      ciphertext: readBytes(row, "ciphertext"),
    }));
  }

  async head(kind: HeadRow["kind"], id: string): Promise<HeadRow | null> {
    const text = "SELECT seq, hash, idx FROM narrowgate.head WHERE kind = $1 AND id = $2";
    const row = (await this.#rows("head", text, [kind, id]))[0];
    return row === undefined ? null : readHead(kind, id, row);
  }

  async tile(level: number, index: number): Promise<Uint8Array | null> {
    const text = "SELECT hashes FROM narrowgate.tile WHERE level = $1 AND idx = $2";
    const row = (await this.#rows("tile", text, [level, index]))[0];
    return row === undefined ? null : readBytes(row, "hashes");
  }

  async get(room: string, key: string): Promise<string | null> {
    const text = "SELECT value FROM narrowgate.state WHERE room = $1 AND key = $2";
    const row = (await this.#rows("get", text, [room, key]))[0];
    return row === undefined ? null : readText(row, "value");
  }

  async scan(
    room: string,
    options: { readonly prefix?: string; readonly after?: string; readonly limit: number },
  ): Promise<readonly { readonly key: string; readonly value: string }[]> {
    const { prefix = "", after = "", limit } = options;
    const end = prefixEnd(prefix);
    const from = "SELECT key, value FROM narrowgate.state WHERE room = $1 AND key >= $2 AND key > $3";
    const rows =
      end === null
        ? await this.#rows("scan", `${from} ORDER BY key LIMIT $4`, [room, prefix, after, limit])
        : await this.#rows("scan-below", `${from} AND key < $4 ORDER BY key LIMIT $5`, [
            ...[room, prefix, after, end, limit],
          ]);
    return rows.map((row) => ({ key: readText(row, "key"), value: readText(row, "value") }));
  }

  async close(): Promise<void> {
    this.#stopped ??= "the store is closed";
    await Promise.all([this.#hold.writer.end(), this.#hold.reader.end()]).catch(() => undefined);
  }

  async #advance(batch: Batch, size: number): Promise<boolean> {
    try {
      const { rows } = await this.#write(commitStatement(batch, size, this.#hold.epoch));
      return readCount(rows[0] ?? {}, "advanced") === 1;
    } catch (cause) {
      // INVARIANT: silence of the server says nothing about the commit; only a new open may go on.
      if (!isRolledBack(cause)) this.#stopped ??= "a commit failed; whether it is on disk is unknown";
      throw postgresError(cause);
    }
  }

  async #rows(name: string, text: string, values: unknown[]): Promise<readonly RawRow[]> {
    if (this.#stopped !== null) throw storeUnavailable(this.#stopped);
    try {
      return (await this.#read({ name, text, values })).rows;
    } catch (cause) {
      throw postgresError(cause);
    }
  }
}
