import type { Client } from "pg";
import { readCount } from "../read-row.ts";
import { storeIncompatible } from "../store-errors.ts";

/**
 * Schema changes, forward only; version n is the n-th. A released one never changes.
 * Keys are in the order of their bytes (collation "C"), as in SQLite and whatever the server's locale.
 */
const migrations: readonly string[] = [
  `CREATE TABLE narrowgate.meta (id smallint PRIMARY KEY CHECK (id = 0), size bigint NOT NULL,
     frontier bytea NOT NULL, epoch bigint NOT NULL);
   INSERT INTO narrowgate.meta VALUES (0, 0, '', 0);
   CREATE TABLE narrowgate.entry (idx bigint PRIMARY KEY, leaf bytea NOT NULL, txn_prev bigint, agent_prev bigint);
   CREATE TABLE narrowgate.head (kind text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL, seq bigint NOT NULL,
     hash text NOT NULL, idx bigint NOT NULL, PRIMARY KEY (kind, id));
   CREATE TABLE narrowgate.sealed (idx bigint NOT NULL, part bigint NOT NULL, key_id text COLLATE "C" NOT NULL,
     ciphertext bytea NOT NULL, PRIMARY KEY (idx, part));
   CREATE INDEX sealed_key ON narrowgate.sealed (key_id);
   CREATE TABLE narrowgate.tile (level bigint NOT NULL, idx bigint NOT NULL, hashes bytea NOT NULL,
     PRIMARY KEY (level, idx));
   CREATE TABLE narrowgate.state (room text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL, value text NOT NULL,
     PRIMARY KEY (room, key));`,
];

/** Newest schema this version writes. */
export const postgresSchemaVersion: number = migrations.length;

/** Makes the schema and its first tables in the caller's transaction; fails when the schema is there. */
export async function createPostgresSchema(client: Client): Promise<void> {
  await client.query("CREATE SCHEMA narrowgate");
  await client.query("CREATE TABLE narrowgate.migration (version bigint PRIMARY KEY)");
  await migratePostgres(client);
}

/**
 * Brings the schema to {@link postgresSchemaVersion}; the caller holds the store's lock.
 * @throws NarrowgateError `store_incompatible` when a newer version wrote the store; nothing is changed then
 */
export async function migratePostgres(client: Client): Promise<void> {
  const found = await client.query("SELECT coalesce(max(version), 0) AS version FROM narrowgate.migration");
  const version = readCount(found.rows[0] ?? {}, "version");
  if (version > migrations.length) {
    throw storeIncompatible(`schema ${version} is newer than ${migrations.length}: a newer version wrote it`);
  }
  for (const [offset, sql] of migrations.slice(version).entries()) {
    // A query text of several statements is one transaction.
    await client.query(`${sql} INSERT INTO narrowgate.migration VALUES (${version + offset + 1});`);
  }
}
