import type { DatabaseSync, StatementSync } from "node:sqlite";

/** The statements of the driver, prepared once: preparing costs more than running them. */
export interface SqliteStatements {
  readonly begin: StatementSync;
  readonly commit: StatementSync;
  readonly rollback: StatementSync;
  readonly truncateWal: StatementSync;
  readonly advance: StatementSync;
  readonly addEntry: StatementSync;
  readonly setHead: StatementSync;
  readonly addSealed: StatementSync;
  readonly noteKey: StatementSync;
  readonly stretches: StatementSync;
  readonly eraseStretch: StatementSync;
  readonly forgetKey: StatementSync;
  readonly addTile: StatementSync;
  readonly setState: StatementSync;
  readonly deleteState: StatementSync;
  readonly tree: StatementSync;
  readonly entries: StatementSync;
  readonly sealed: StatementSync;
  readonly head: StatementSync;
  readonly tile: StatementSync;
  readonly get: StatementSync;
  readonly scan: StatementSync;
  readonly scanBelow: StatementSync;
}

// One lower bound, for the index takes one: with the two as they stand each page would begin at the first row of the
// prefix again. The plus keeps the second from being that bound; it drops one row at most.
const scanFrom = "SELECT key, value FROM state WHERE room = ?1 AND key >= max(?2, ?3) AND +key > ?3";

/** Prepares every statement on a migrated database. */
export function prepareSqliteStatements(db: DatabaseSync): SqliteStatements {
  return {
    begin: db.prepare("BEGIN IMMEDIATE"),
    commit: db.prepare("COMMIT"),
    rollback: db.prepare("ROLLBACK"),
    truncateWal: db.prepare("PRAGMA wal_checkpoint(TRUNCATE)"),
    advance: db.prepare("UPDATE meta SET size = ?, frontier = ? WHERE id = 0 AND size = ?"),
    addEntry: db.prepare("INSERT INTO entry (idx, leaf, txn_prev, agent_prev) VALUES (?, ?, ?, ?)"),
    setHead: db.prepare("INSERT OR REPLACE INTO head (kind, id, seq, hash, idx) VALUES (?, ?, ?, ?, ?)"),
    addSealed: db.prepare("INSERT INTO sealed (pos, key_id, ciphertext) VALUES (?, ?, ?)"),
    noteKey: db.prepare("INSERT OR IGNORE INTO sealed_key (key_id, stretch) VALUES (?, ?)"),
    stretches: db.prepare("SELECT stretch FROM sealed_key WHERE key_id = ?"),
    eraseStretch: db.prepare("DELETE FROM sealed WHERE pos >= ? AND pos < ? AND key_id = ?"),
    forgetKey: db.prepare("DELETE FROM sealed_key WHERE key_id = ?"),
    addTile: db.prepare("INSERT INTO tile (level, idx, hashes) VALUES (?, ?, ?)"),
    setState: db.prepare("INSERT OR REPLACE INTO state (room, key, value) VALUES (?, ?, ?)"),
    deleteState: db.prepare("DELETE FROM state WHERE room = ? AND key = ?"),
    tree: db.prepare("SELECT size, frontier FROM meta WHERE id = 0"),
    entries: db.prepare(
      "SELECT idx, leaf, txn_prev, agent_prev FROM entry WHERE idx >= ? ORDER BY idx LIMIT ?",
    ),
    sealed: db.prepare(
      "SELECT pos, key_id, ciphertext FROM sealed WHERE pos BETWEEN ?1 * 4 AND ?1 * 4 + 3 ORDER BY pos",
    ),
    head: db.prepare("SELECT seq, hash, idx FROM head WHERE kind = ? AND id = ?"),
    tile: db.prepare("SELECT hashes FROM tile WHERE level = ? AND idx = ?"),
    get: db.prepare("SELECT value FROM state WHERE room = ? AND key = ?"),
    scan: db.prepare(`${scanFrom} ORDER BY key LIMIT ?4`),
    scanBelow: db.prepare(`${scanFrom} AND key < ?4 ORDER BY key LIMIT ?5`),
  };
}
