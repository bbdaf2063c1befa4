import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  commitUntilFull,
  countSyncCalls,
  type StoreDriver,
  sampleBatch,
  storeContract,
} from "@narrowgate/testkit";
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import type { Batch } from "../store.ts";
import { createSqliteStore } from "./open-sqlite-store.ts";
import { packBatch, unpackBatch } from "./pack-batch.ts";
import {
  createThreadedSqliteStore,
  openThreadedSqliteStore,
  startStoreThread,
  ThreadedSqliteStore,
} from "./threaded-sqlite-store.ts";

const directory = mkdtempSync(join(tmpdir(), "narrowgate-threaded-"));
afterAll(() => rmSync(directory, { recursive: true }));

let stores = 0;
const newPath = (): string => join(directory, `store-${stores++}`, "narrowgate.db");
const driver: StoreDriver = {
  moduleUrl: new URL("./threaded-sqlite-store.ts", import.meta.url).href,
  openName: "openThreadedSqliteStore",
  newLocation: async () => newPath(),
  create: createThreadedSqliteStore,
  open: openThreadedSqliteStore,
};

storeContract("sqlite in a thread", driver);

async function createClosed(): Promise<string> {
  const path = newPath();
  await (await createSqliteStore(path)).close();
  return path;
}

it("syncs once for each commit, in the thread as without it", async (context) => {
  const commits = 60;
  const calls = await countSyncCalls(driver, await createClosed(), commits);
  if (calls === undefined) context.skip("no strace that may trace");
  else expect(calls).toBe(commits);
});

it("refuses a commit that no longer fits on the disk", async () => {
  const end = commitUntilFull(driver, await createClosed());
  expect(end.errors).toContain("store_unavailable");
  expect(end.acknowledged).toBeGreaterThan(0);
});

it("answers in order: a read asked for behind a commit, without waiting for it, sees it", async () => {
  const store = await createThreadedSqliteStore(newPath());
  const committed = store.commit(sampleBatch(0, 3));
  expect((await store.tree()).size).toBe(3);
  await committed;
  await store.close();
});

it("goes on in the event loop while a commit is on its way", async () => {
  const store = await createThreadedSqliteStore(newPath());
  let turns = 0;
  let committing = true;
  const turn = (): void => {
    turns += 1;
    if (committing) setImmediate(turn);
  };
  setImmediate(turn);
  const sealed = [{ index: 0, part: "content" as const, keyId: "k", ciphertext: new Uint8Array(15_000_000) }];
  await store.commit(sampleBatch(0, 1, { sealed }));
  committing = false;
  expect(turns).toBeGreaterThan(10);
  await store.close();
});

it("refuses what waits and all that follows when its thread ends by itself", async () => {
  const path = await createClosed();
  const thread = startStoreThread({ path, create: false });
  const store = await new ThreadedSqliteStore(thread).opened();
  const waiting = store.commit(sampleBatch(0, 1));
  const refused = expect(waiting).rejects.toMatchObject({ code: "store_unavailable" });
  await thread.terminate();
  await refused;
  await expect(store.tree()).rejects.toMatchObject({ code: "store_unavailable" });
  await store.close();
  await (await openThreadedSqliteStore(path)).close();
});

it("leaves the store to others when it did not open", async () => {
  const path = newPath();
  await expect(openThreadedSqliteStore(path)).rejects.toMatchObject({ code: "store_missing" });
  await (await createThreadedSqliteStore(path)).close();
});

it("unpacks what it packed", () => {
  const index = fc.nat(Number.MAX_SAFE_INTEGER);
  const previous = fc.option(index, { nil: null });
  const bytes = fc.uint8Array({ maxLength: 40 });
  const entry = fc.record({ index, leaf: bytes, txnPrevious: previous, agentPrevious: previous });
  const part = fc.constantFrom("proof" as const, "inputs" as const, "content" as const);
  const keyId = fc.constantFrom("a", "b", "c");
  const sealed = fc.record({ index, part, keyId, ciphertext: bytes });
  fc.assert(
    fc.property(fc.array(entry), fc.array(sealed), (entries, parts) => {
      const batch: Batch = { ...sampleBatch(3, 0), entries, sealed: parts };
      expect(unpackBatch(structuredClone(packBatch(batch)))).toEqual(batch);
    }),
  );
});
