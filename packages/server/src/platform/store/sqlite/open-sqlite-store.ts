import { randomBytes } from "node:crypto";
import { chmodSync, closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { isNarrowgateError } from "@narrowgate/kernel";
import type { Store } from "../store.ts";
import {
  storeConflict,
  storeIncompatible,
  storeLocked,
  storeMissing,
  storeUnavailable,
} from "../store-errors.ts";
import { migrateSqlite } from "./sqlite-migrations.ts";
import { SqliteStore } from "./sqlite-store.ts";

/** Marks the file as ours ("NGST"), so that no other program's database is taken over. */
const applicationId = 0x4e475354;
const busy = 5;
const corrupt = 11;
const notADatabase = 26;

/**
 * Creates an empty store and holds it. The file appears whole or not at all, mode 0600, in a directory of mode 0700
 * if that had to be made.
 * @param path - of the database file
 * @throws NarrowgateError `conflict` when the file exists, `store_unavailable` when it cannot be made
 */
export async function createSqliteStore(path: string): Promise<Store> {
  // A write-ahead log without its database is what is left of a store that somebody took away.
  if (existsSync(path) || existsSync(`${path}-wal`)) throw storeConflict("the store exists already");
  const draft = `${path}.new-${randomBytes(6).toString("hex")}`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    closeSync(openSync(draft, "wx", 0o600));
    await hold(draft, (db) => db.exec(`PRAGMA application_id=${applicationId}`)).close();
    // ORDER: link after the draft is complete and synced; link, unlike rename, refuses an existing name.
    linkSync(draft, path);
    syncDirectory(dirname(path));
  } catch (cause) {
    if (existsSync(path)) throw storeConflict("the store exists already");
    throw isNarrowgateError(cause) ? cause : storeUnavailable("the store could not be created", cause);
  } finally {
    rmSync(draft, { force: true });
  }
  return openSqliteStore(path);
}

/**
 * Opens an existing store and holds it until it is closed or the process ends, however it ends.
 * Nothing is created because it was missing. A pending recovery of the write-ahead log is done here.
 * @param path - of the database file; this process must not open that file by other means while the store is open
 * @throws NarrowgateError `store_missing`, `store_locked`, `store_incompatible` (no store, a damaged one, a newer
 *   schema), `store_unavailable`
 */
export async function openSqliteStore(path: string): Promise<Store> {
  if (!existsSync(path)) throw storeMissing("there is no file at the store's path");
  return hold(path, () => undefined);
}

function hold(path: string, beforeCheck: (db: DatabaseSync) => void): SqliteStore {
  const db = openDatabase(path);
  try {
    // ORDER: exclusive mode before the first read. The lock is the operating system's: it ends with the process.
    db.exec("PRAGMA locking_mode=EXCLUSIVE");
    beforeCheck(db);
    if (pragma(db, "application_id") !== applicationId) throw storeIncompatible("the file is not a store");
    chmodSync(path, 0o600);
    makeDurable(db);
    migrateSqlite(db);
    return new SqliteStore(db);
  } catch (cause) {
    db.close();
    if (isNarrowgateError(cause)) throw cause;
    if (hasCode(cause, busy)) throw storeLocked("another process holds the database");
    if (hasCode(cause, corrupt) || hasCode(cause, notADatabase))
      throw storeIncompatible("the file is no database, or a damaged one");
    throw storeUnavailable("the database could not be opened", cause);
  }
}

function openDatabase(path: string): DatabaseSync {
  const url = pathToFileURL(path);
  // ORDER: rw, not rwc: a file that goes between our look and this line is not made anew.
  url.searchParams.set("mode", "rw");
  try {
    return new DatabaseSync(url, { timeout: 0, enableForeignKeyConstraints: false });
  } catch (cause) {
    throw storeUnavailable("the database could not be opened", cause);
  }
}

/** INVARIANT: a commit is on disk when it returns; the settings are read back, not trusted. */
function makeDurable(db: DatabaseSync): void {
  const mode = pragma(db, "journal_mode=WAL");
  db.exec("PRAGMA synchronous=FULL; PRAGMA fullfsync=1; PRAGMA checkpoint_fullfsync=1;");
  // The commit that brings the write-ahead log to 4000 pages (16 MiB) copies it back; no reader can hold that up.
  db.exec(`PRAGMA wal_autocheckpoint=4000; PRAGMA journal_size_limit=${32 * 1024 * 1024};`);
  // Erased rows are overwritten with zeros; nothing is spilled to files elsewhere; the schema runs no code.
  db.exec("PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF;");
  db.exec("PRAGMA cache_size=-32000");
  if (mode !== "wal" || pragma(db, "synchronous") !== 2 || pragma(db, "locking_mode") !== "exclusive") {
    throw storeUnavailable("the database does not take the durable settings");
  }
}

function pragma(db: DatabaseSync, name: string): unknown {
  return Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];
}

function hasCode(error: unknown, code: number): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === code;
}

function syncDirectory(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
