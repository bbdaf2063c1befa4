import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import {
  auditSamples,
  commitUntilFull,
  countCommitWaits,
  countSyncCalls,
  type StoreDriver,
  sampleBatch,
  storeContract,
} from "@narrowgate/testkit";
import { afterAll, expect, it } from "vitest";
import { createSqliteStore, openSqliteStore } from "./open-sqlite-store.ts";
import { sqliteSchemaVersion } from "./sqlite-migrations.ts";

const directory = mkdtempSync(join(tmpdir(), "narrowgate-sqlite-"));
afterAll(() => rmSync(directory, { recursive: true }));

let stores = 0;
const newPath = (): string => join(directory, `store-${stores++}`, "narrowgate.db");
const driver: StoreDriver = {
  moduleUrl: new URL("./open-sqlite-store.ts", import.meta.url).href,
  openName: "openSqliteStore",
  newLocation: async () => newPath(),
  create: createSqliteStore,
  open: openSqliteStore,
};

storeContract("sqlite", driver);

async function createClosed(): Promise<string> {
  const path = newPath();
  await (await createSqliteStore(path)).close();
  return path;
}

function change(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

it("syncs once for each commit", async (context) => {
  const path = await createClosed();
  const commits = 60;
  const calls = await countSyncCalls(driver, path, commits);
  const waits = await countCommitWaits(driver, path, commits);
  if (calls !== undefined) expect(calls).toBe(commits);
  if (waits !== undefined) expect(waits.commit).toBeGreaterThanOrEqual(commits);
  if (calls === undefined && waits === undefined) {
    context.skip("no strace that may trace, and waiting for this disk does not show in the kernel's counts");
  }
});

it("keeps its files to their owner, and leaves no draft behind", async () => {
  const path = newPath();
  const store = await createSqliteStore(path);
  await store.commit(sampleBatch(0, 1));
  const mode = (name: string): number => statSync(name).mode & 0o777;
  expect(mode(dirname(path))).toBe(0o700);
  expect(readdirSync(dirname(path)).sort()).toEqual(["narrowgate.db", "narrowgate.db-wal"]);
  expect([mode(path), mode(`${path}-wal`)]).toEqual([0o600, 0o600]);
  await store.close();
  chmodSync(path, 0o644);
  await (await openSqliteStore(path)).close();
  expect(mode(path)).toBe(0o600);
});

it("reads a page at the end of a large room as it reads one at the start, with a prefix and without", async () => {
  const store = await createSqliteStore(newPath());
  const rows = 60_000;
  const key = (n: number): string => `k${String(n).padStart(6, "0")}`;
  const state = Array.from({ length: rows }, (_, n) => ({ room: "large", key: key(n), value: "1" }));
  await store.commit(sampleBatch(0, 1, { state }));
  const quickest = async (page: () => Promise<readonly unknown[]>): Promise<number> => {
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 30; i++) {
      const started = performance.now();
      expect(await page()).toHaveLength(10);
      best = Math.min(best, performance.now() - started);
    }
    return best;
  };
  const start = await quickest(() => store.scan("large", { limit: 10 }));
  const end = await quickest(() => store.scan("large", { after: key(rows - 11), limit: 10 }));
  const under = await quickest(() => store.scan("large", { prefix: key(rows - 10).slice(0, -1), limit: 10 }));
  // Reading all that lies before would take hundreds of times as long.
  expect(Math.max(end, under)).toBeLessThan(start * 20);
  await store.close();
});

it("bounds the write-ahead log", async () => {
  const path = newPath();
  const store = await createSqliteStore(path);
  const written = { part: "content" as const, keyId: "k", ciphertext: new Uint8Array(1_000_000).fill(1) };
  for (let size = 0; size < 50; size++) {
    await store.commit(sampleBatch(size, 1, { sealed: [{ ...written, index: size }] }));
  }
  expect(statSync(`${path}-wal`).size).toBeLessThan(32 * 1024 * 1024);
  await store.close();
});

it("refuses a commit that no longer fits on the disk, and keeps all that it acknowledged", async () => {
  const path = await createClosed();
  const end = commitUntilFull(driver, path);
  expect(end.errors).toContain("store_unavailable");
  expect(end.exitCode).not.toBe(0);
  const store = await openSqliteStore(path);
  expect(end.acknowledged).toBeGreaterThan(0);
  expect(await auditSamples(store)).toBeGreaterThanOrEqual(end.acknowledged);
  await store.close();
});

it("leaves no erased ciphertext in its files", async () => {
  const path = newPath();
  const store = await createSqliteStore(path);
  const ciphertext = Buffer.from("what was sealed and then erased ".repeat(300));
  await store.commit(sampleBatch(0, 1, { sealed: [{ index: 0, part: "content", keyId: "k", ciphertext }] }));
  const holds = (): boolean => {
    // Another process copies: to close that file in this one would give up the lock that this one holds on it.
    const copy = join(directory, `copy-${stores++}`);
    execFileSync("cp", ["-r", dirname(path), copy]);
    return readdirSync(copy).some((name) => readFileSync(join(copy, name)).includes("then erased"));
  };
  expect(holds()).toBe(true);
  await store.commit(sampleBatch(1, 0, { eraseKeys: ["k"] }));
  expect(holds()).toBe(false);
  await store.close();
  expect(holds()).toBe(false);
});

it("refuses a store that a newer version wrote, and leaves it as it is", async () => {
  const path = await createClosed();
  change(path, `INSERT INTO migration VALUES (${sqliteSchemaVersion + 1})`);
  const before = readFileSync(path);
  await expect(openSqliteStore(path)).rejects.toMatchObject({ code: "store_incompatible" });
  expect(readFileSync(path).equals(before)).toBe(true);
});

it("refuses a file that is not a store: another program's database, a directory, bytes", async () => {
  const path = newPath();
  mkdirSync(path, { recursive: true });
  await expect(openSqliteStore(path)).rejects.toMatchObject({ code: "store_unavailable" });
  const other = join(directory, "other.db");
  change(other, "CREATE TABLE t (a)");
  const before = readFileSync(other);
  await expect(openSqliteStore(other)).rejects.toMatchObject({ code: "store_incompatible" });
  expect(readFileSync(other).equals(before)).toBe(true);
  const bytes = join(directory, "bytes");
  writeFileSync(bytes, "not a database ".repeat(1000));
  await expect(openSqliteStore(bytes)).rejects.toMatchObject({ code: "store_incompatible" });
});

it("creates nothing beside a write-ahead log whose database is gone", async () => {
  const path = newPath();
  const store = await createSqliteStore(path);
  await store.commit(sampleBatch(0, 1));
  rmSync(path);
  await expect(createSqliteStore(path)).rejects.toMatchObject({ code: "conflict" });
  await store.close();
});

it("reports a value that no driver of ours wrote as a damaged store", async () => {
  const path = await createClosed();
  change(path, "UPDATE meta SET size = -1");
  const store = await openSqliteStore(path);
  await expect(store.tree()).rejects.toMatchObject({ code: "store_incompatible" });
  await store.close();
});
