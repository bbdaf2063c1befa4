import type { Store } from "@narrowgate/server/store";
import { expect, it } from "vitest";
import { startCommitter } from "./kill-committer.ts";
import { sampleBatch, sampleFrontier, sampleTransaction } from "./sample-batch.ts";
import type { StoreDriver } from "./store-driver.ts";
import { closing } from "./with-store.ts";

const rounds = 6;

/** A killed process loses no commit it was told of, and leaves none half done. */
export function crashContract(driver: StoreDriver): void {
  it("keeps every acknowledged commit, whole, when its process is killed at any time", async () => {
    const location = await driver.newLocation();
    await (await driver.create(location)).close();
    for (let round = 0; round < rounds; round++) {
      const committer = startCommitter(driver, location);
      // The child never waits, so the signal finds it anywhere between two acknowledgements.
      await committer.acknowledged(2 + Math.floor(Math.random() * 40));
      const acknowledged = await committer.kill();
      const size = await closing(await driver.open(location), audit);
      expect(size).toBeGreaterThanOrEqual(acknowledged);
      // A commit in flight may have become durable unheard; more than one cannot have.
      expect(size).toBeLessThanOrEqual(acknowledged + 7);
    }
  });
}

/** Reads the whole store and checks that it is that of some number of whole commits; returns the size of its log. */
async function audit(store: Store): Promise<number> {
  const { size, frontier } = await store.tree();
  expect(frontier).toEqual(sampleFrontier(size));
  expect(await store.get("sample", "size")).toBe(String(size));
  const expected = sampleBatch(0, size);
  expect(await store.entries(0, size + 10)).toEqual(expected.entries);
  for (const head of expected.heads.slice(-8)) {
    expect(await store.head("txn", sampleTransaction(head.index))).toEqual(head);
  }
  for (const index of expected.entries.slice(-20).map((entry) => entry.index)) {
    expect(await store.sealed(index)).toEqual(expected.sealed.filter((row) => row.index === index));
  }
  expect(await store.sealed(size)).toEqual([]);
  return size;
}
