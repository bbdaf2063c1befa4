import type { Client } from "pg";
import { type RawRow, readCount, readText } from "../read-row.ts";
import type { Store } from "../store.ts";
import { storeConflict, storeMissing, storeUnavailable } from "../store-errors.ts";
import { connectPostgres, postgresError } from "./postgres-connection.ts";
import { createPostgresSchema, migratePostgres } from "./postgres-migrations.ts";
import { PostgresStore } from "./postgres-store.ts";

/** Names our advisory lock within the database ("NGST"). */
const lockKey = 0x4e475354;
/** A killed holder's session ends a moment after it; a live one outlasts this wait. */
const lockWaitMs = 2000;

/**
 * Creates an empty store in an existing database, in a schema named `narrowgate`, and holds it.
 * @param url - `postgresql://` address; it may hold a password, and appears in no error
 * @throws NarrowgateError `conflict` when the schema exists, `store_missing` when the database does not, `store_locked`,
 *   `store_unavailable`
 */
export async function createPostgresStore(url: string): Promise<Store> {
  await withWriter(url, async (writer) => {
    await lock(writer);
    // ORDER: before anything is written, so that a server that is refused keeps no half of a store.
    await checkDurable(writer);
    if (await schemaExists(writer)) throw storeConflict("the store exists already");
    await writer.query("BEGIN");
    await createPostgresSchema(writer);
    await writer.query("COMMIT");
    await writer.end();
  });
  return openPostgresStore(url);
}

/**
 * Opens an existing store and holds it until it is closed or this process ends.
 * Nothing is created because it was missing.
 * @param url - `postgresql://` address; it may hold a password, and appears in no error
 * @throws NarrowgateError `store_missing`, `store_locked`, `store_incompatible` (newer schema), `store_unavailable`
 *   (settings that are not durable, no connection)
 */
export async function openPostgresStore(url: string): Promise<Store> {
  return withWriter(url, async (writer) => {
    if (!(await schemaExists(writer))) throw storeMissing("the database holds no store");
    await lock(writer);
    await checkDurable(writer);
    await migratePostgres(writer);
    // ORDER: fence earlier holders off before anything is read; a lock alone does not survive a connection pooler.
    const raised = await writer.query(
      "UPDATE narrowgate.meta SET epoch = epoch + 1 WHERE id = 0 RETURNING epoch",
    );
    const epoch = readCount(raised.rows[0] ?? {}, "epoch");
    return new PostgresStore({ writer, reader: await connectPostgres(url), epoch });
  });
}

async function withWriter<T>(url: string, work: (writer: Client) => Promise<T>): Promise<T> {
  const writer = await connectPostgres(url);
  try {
    return await work(writer);
  } catch (cause) {
    await writer.end().catch(() => undefined);
    throw postgresError(cause);
  }
}

async function lock(writer: Client): Promise<void> {
  await writer.query(`SET lock_timeout = ${lockWaitMs}`);
  await writer.query("SELECT pg_advisory_lock($1)", [lockKey]);
  await writer.query("SET lock_timeout = 0");
}

async function schemaExists(writer: Client): Promise<boolean> {
  const { rows } = await writer.query("SELECT 1 FROM pg_namespace WHERE nspname = 'narrowgate'");
  return rows.length > 0;
}

/** INVARIANT: a commit is on disk when it returns; a server set up otherwise is refused. */
async function checkDurable(writer: Client): Promise<void> {
  // `remote_apply` waits for more than `on`, so it stays.
  if ((await setting(writer, "synchronous_commit")) !== "remote_apply") {
    await writer.query("SET synchronous_commit = on");
  }
  const wanted = { fsync: ["on"], full_page_writes: ["on"], synchronous_commit: ["on", "remote_apply"] };
  for (const [name, values] of Object.entries({ ...wanted, server_encoding: ["UTF8"] })) {
    const value = await setting(writer, name);
    if (!values.includes(value)) throw storeUnavailable(`the server's ${name} is ${value}`);
  }
}

async function setting(writer: Client, name: string): Promise<string> {
  const { rows } = await writer.query<RawRow>("SELECT current_setting($1) AS value", [name]);
  return readText(rows[0] ?? {}, "value");
}
