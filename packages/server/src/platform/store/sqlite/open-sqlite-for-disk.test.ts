import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sampleBatch } from "@narrowgate/testkit";
import { afterAll, expect, it } from "vitest";
import { measureSyncMs } from "./measure-sync.ts";
import { openSqliteForDisk } from "./open-sqlite-for-disk.ts";
import { createSqliteStore } from "./open-sqlite-store.ts";
import { SqliteStore } from "./sqlite-store.ts";
import { ThreadedSqliteStore } from "./threaded-sqlite-store.ts";

const directory = mkdtempSync(join(tmpdir(), "narrowgate-disk-"));
afterAll(() => rmSync(directory, { recursive: true }));

it("opens one store either way: in a thread where syncs wait, without one where they do not", async () => {
  const path = join(directory, "log.db");
  await (await createSqliteStore(path)).close();
  const slow = await openSqliteForDisk(path, () => 2);
  expect(slow).toBeInstanceOf(ThreadedSqliteStore);
  await slow.commit(sampleBatch(0, 2));
  await slow.close();
  const fast = await openSqliteForDisk(path, () => 0.01);
  expect(fast).toBeInstanceOf(SqliteStore);
  expect((await fast.tree()).size).toBe(2);
  await fast.close();
  const measured = await openSqliteForDisk(path);
  expect((await measured.tree()).size).toBe(2);
  await measured.close();
});

it("says what is missing in the words of the store, where nothing can be measured", async () => {
  const missing = { code: "store_missing" };
  await expect(openSqliteForDisk(join(directory, "nowhere", "log.db"))).rejects.toMatchObject(missing);
});

it("measures a sync and leaves no file behind", () => {
  const empty = mkdtempSync(join(directory, "empty-"));
  expect(measureSyncMs(empty)).toBeGreaterThan(0);
  expect(readdirSync(empty)).toEqual([]);
});
