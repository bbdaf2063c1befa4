import type { DatabaseSync } from "node:sqlite";
import { readCount } from "../read-row.ts";
import { storeIncompatible } from "../store-errors.ts";

/**
 * Schema changes, forward only; version n is the n-th. A released one never changes.
 * `entry` and `sealed`, which grow fastest, have no secondary index: one by key costs as much as the rows themselves.
 * `sealed.pos` is 4 * entry index + part number, so that parts lie in log order. `sealed_key` names the stretches of
 * the log (see `stretchLength`) in which a key was used; erasing reads those.
 */
const migrations: readonly string[] = [
  `CREATE TABLE meta (id INTEGER PRIMARY KEY CHECK (id = 0), size INTEGER NOT NULL, frontier BLOB NOT NULL) STRICT;
   INSERT INTO meta VALUES (0, 0, x'');
   CREATE TABLE entry (idx INTEGER PRIMARY KEY, leaf BLOB NOT NULL, txn_prev INTEGER, agent_prev INTEGER) STRICT;
   CREATE TABLE head (kind TEXT NOT NULL, id TEXT NOT NULL, seq INTEGER NOT NULL, hash TEXT NOT NULL,
     idx INTEGER NOT NULL, PRIMARY KEY (kind, id)) STRICT, WITHOUT ROWID;
   CREATE TABLE sealed (pos INTEGER PRIMARY KEY, key_id TEXT NOT NULL, ciphertext BLOB NOT NULL) STRICT;
   CREATE TABLE sealed_key (key_id TEXT NOT NULL, stretch INTEGER NOT NULL, PRIMARY KEY (key_id, stretch))
     STRICT, WITHOUT ROWID;
   CREATE TABLE tile (level INTEGER NOT NULL, idx INTEGER NOT NULL, hashes BLOB NOT NULL,
     PRIMARY KEY (level, idx)) STRICT, WITHOUT ROWID;
   CREATE TABLE state (room TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
     PRIMARY KEY (room, key)) STRICT, WITHOUT ROWID;`,
];

/** Newest schema this version writes. */
export const sqliteSchemaVersion: number = migrations.length;

/**
 * Brings the schema to {@link sqliteSchemaVersion}, each step in a transaction of its own.
 * @throws NarrowgateError `store_incompatible` when a newer version wrote the store; nothing is changed then
 */
export function migrateSqlite(db: DatabaseSync): void {
  db.exec("CREATE TABLE IF NOT EXISTS migration (version INTEGER PRIMARY KEY) STRICT");
  const row = db.prepare("SELECT coalesce(max(version), 0) AS version FROM migration").get() ?? {};
  const version = readCount(row, "version");
  if (version > migrations.length) {
    throw storeIncompatible(`schema ${version} is newer than ${migrations.length}: a newer version wrote it`);
  }
  for (const [offset, sql] of migrations.slice(version).entries()) {
    db.exec(`BEGIN IMMEDIATE; ${sql} INSERT INTO migration VALUES (${version + offset + 1}); COMMIT;`);
  }
}
