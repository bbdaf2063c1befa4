import { type PostgresServer, sampleBatch, startPostgres, storeContract } from "@narrowgate/testkit";
import pg from "pg";
import { afterAll, describe, expect, it } from "vitest";
import { createPostgresStore, openPostgresStore } from "./open-postgres-store.ts";
import { postgresSchemaVersion } from "./postgres-migrations.ts";

const server = await startPostgres();

if (server === undefined) {
  it("no PostgreSQL for this platform in the lock file, on PATH or in /usr/lib/postgresql", (context) =>
    context.skip());
} else {
  afterAll(() => server.stop());
  const location = server.url("postgres");
  storeContract("postgres", {
    moduleUrl: new URL("./open-postgres-store.ts", import.meta.url).href,
    openName: "openPostgresStore",
    // One database for all: a store is a schema, and a new database costs more than a test.
    newLocation: async () => {
      await query(location, "DROP SCHEMA IF EXISTS narrowgate CASCADE");
      return location;
    },
    create: createPostgresStore,
    open: openPostgresStore,
  });
  describe("postgres store", () => onServer(server));
}

async function query(url: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(text).finally(() => client.end());
  return rows;
}

function onServer(running: PostgresServer): void {
  let databases = 0;
  const newDatabase = async (): Promise<string> => {
    const name = `own_${databases++}`;
    await query(running.url("postgres"), `CREATE DATABASE ${name}`);
    return running.url(name);
  };

  it("says nothing of the outcome when the server dies in mid-commit, and keeps all or nothing", async () => {
    const url = await newDatabase();
    const store = await createPostgresStore(url);
    await store.commit(sampleBatch(0, 5));
    const inFlight = store.commit(sampleBatch(5, 2000)).then(
      () => "acknowledged",
      () => "unknown",
    );
    await running.crash();
    const outcome = await inFlight;
    await expect(store.commit(sampleBatch(5, 1))).rejects.toMatchObject({ code: "store_unavailable" });
    await store.close();
    const again = await openPostgresStore(url);
    const { size } = await again.tree();
    expect(outcome === "acknowledged" ? [2005] : [5, 2005]).toContain(size);
    expect(await again.entries(0, 3000)).toHaveLength(size);
    expect(await again.get("sample", "size")).toBe(String(size));
    await again.close();
  });

  it("syncs the write-ahead log once for each commit", async () => {
    const url = await newDatabase();
    await (await createPostgresStore(url)).close();
    const before = await walSyncs(url);
    const store = await openPostgresStore(url);
    for (let size = 0; size < 50; size++) await store.commit(sampleBatch(size, 1));
    await store.close();
    await expect.poll(() => walSyncs(url), { timeout: 15_000 }).toBeGreaterThanOrEqual(before + 50);
  });

  it("is fenced off by a later holder, although its own connection lives on", async () => {
    const url = await newDatabase();
    const store = await createPostgresStore(url);
    await query(url, "UPDATE narrowgate.meta SET epoch = epoch + 1");
    await expect(store.commit(sampleBatch(0, 1))).rejects.toMatchObject({ code: "store_locked" });
    await expect(store.tree()).rejects.toMatchObject({ code: "store_unavailable" });
    expect(await query(url, "SELECT size::int FROM narrowgate.meta")).toEqual([{ size: 0 }]);
    await store.close();
  });

  it("stops when its connection is cut, and can be opened again", async () => {
    const url = await newDatabase();
    const store = await createPostgresStore(url);
    await query(
      url,
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'narrowgate'",
    );
    await expect(store.commit(sampleBatch(0, 1))).rejects.toMatchObject({ code: "store_unavailable" });
    await expect(store.tree()).rejects.toMatchObject({ code: "store_unavailable" });
    await store.close();
    const again = await openPostgresStore(url);
    await again.commit(sampleBatch(0, 1));
    await again.close();
  });

  it("waits for the disk although the database's own setting does not", async () => {
    const url = await newDatabase();
    await query(url, `ALTER DATABASE ${new URL(url).pathname.slice(1)} SET synchronous_commit = off`);
    const store = await createPostgresStore(url);
    const before = await walSyncs(url);
    for (let size = 0; size < 20; size++) await store.commit(sampleBatch(size, 1));
    await store.close();
    await expect.poll(() => walSyncs(url), { timeout: 15_000 }).toBeGreaterThanOrEqual(before + 20);
  });

  it("refuses a store that a newer version wrote", async () => {
    const url = await newDatabase();
    await (await createPostgresStore(url)).close();
    await query(url, `INSERT INTO narrowgate.migration VALUES (${postgresSchemaVersion + 1})`);
    await expect(openPostgresStore(url)).rejects.toMatchObject({ code: "store_incompatible" });
  });

  it("refuses a database that does not hold all Unicode", async () => {
    const name = `own_${databases++}`;
    const create = `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'`;
    await query(running.url("postgres"), create);
    await expect(createPostgresStore(running.url(name))).rejects.toMatchObject({ code: "store_unavailable" });
  });

  it("refuses a server that does not sync, and creates nothing in it", async () => {
    const url = await newDatabase();
    await running.crash({ fsync: "off" });
    await expect(createPostgresStore(url)).rejects.toMatchObject({ code: "store_unavailable" });
    expect(await query(url, "SELECT FROM pg_namespace WHERE nspname = 'narrowgate'")).toEqual([]);
    await running.crash();
  });

  it("refuses a missing database", async () => {
    await expect(openPostgresStore(running.url("nowhere"))).rejects.toMatchObject({ code: "store_missing" });
    await expect(createPostgresStore(running.url("nowhere"))).rejects.toMatchObject({
      code: "store_missing",
    });
  });

  it.each([
    ["an address nobody listens at", "postgresql://somebody:open-sesame@127.0.0.1:1/db"],
    ["an address that is none", "postgresql://somebody:open-sesame@[/db"],
    ["a user the server does not know", `${running.url("postgres")}&password=open-sesame&user=somebody`],
  ])("keeps the password out of errors: %s", async (_what, url) => {
    const error: unknown = await openPostgresStore(url).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "store_unavailable" });
    const seen = new Set<object>();
    for (let part = error; part instanceof Error && !seen.has(part); part = part.cause) {
      seen.add(part);
      const everything = [part.stack, ...Object.values(part), JSON.stringify(part)].map(String).join("\n");
      expect(everything).not.toContain("open-sesame");
    }
    expect(seen.size).toBeGreaterThan(0);
  });
}

/** Syncs of the write-ahead log since the server started; sessions report theirs at the latest when they end. */
async function walSyncs(url: string): Promise<number> {
  const [version] = await query(url, "SELECT current_setting('server_version_num')::int AS version");
  const counted =
    Number(version?.version) >= 180_000
      ? "SELECT sum(fsyncs)::int AS syncs FROM pg_stat_io WHERE object = 'wal'"
      : "SELECT wal_sync::int AS syncs FROM pg_stat_wal";
  return Number((await query(url, counted))[0]?.syncs);
}
