import { type PostgresServer, startPostgres, storeContract } from "@narrowgate/testkit";
import pg from "pg";
import { afterAll, it } from "vitest";
import { createPostgresStore, openPostgresStore } from "./open-postgres-store.ts";

const server = await startPostgres();

if (server === undefined) {
  it("no PostgreSQL for this platform in the lock file, on PATH or in /usr/lib/postgresql", (context) =>
    context.skip());
} else {
  afterAll(() => server.stop());
  runOn(server);
}

function runOn(server: PostgresServer): void {
  let databases = 0;
  const newDatabase = async (): Promise<string> => {
    const name = `store_${databases++}`;
    await query(server.url("postgres"), `CREATE DATABASE ${name}`);
    return server.url(name);
  };

  storeContract("postgres", {
    moduleUrl: new URL("./open-postgres-store.ts", import.meta.url).href,
    openName: "openPostgresStore",
    newLocation: newDatabase,
    create: createPostgresStore,
    open: openPostgresStore,
  });
}

async function query(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(text).finally(() => client.end());
}
