import { expect, it } from "vitest";
import { sampleBatch, sampleTransaction } from "./sample-batch.ts";
import type { StoreDriver } from "./store-driver.ts";
import { closing, withNewStore } from "./with-store.ts";

/** Erasing takes the sealed parts of a key, and nothing else. */
export function eraseContract(driver: StoreDriver): void {
  it("takes every part under a key, and leaves entries and other parts", () =>
    withNewStore(driver, async (store, location) => {
      const batch = sampleBatch(0, 20);
      await store.commit(batch);
      await store.commit(sampleBatch(20, 1, { eraseKeys: [`${sampleTransaction(1)}/inputs`, "unknown"] }));
      await store.close();
      await closing(await driver.open(location), async (again) => {
        for (const index of [1, 9, 17]) {
          expect((await again.sealed(index)).map((row) => row.part)).toEqual(["proof"]);
        }
        expect(await again.sealed(2)).toEqual(batch.sealed.filter((row) => row.index === 2));
        expect((await again.entries(0, 20)).map((row) => row.leaf)).toEqual(
          batch.entries.map((row) => row.leaf),
        );
      });
    }));

  it("finds the parts of a key all along a long log", () =>
    withNewStore(driver, async (store) => {
      for (let size = 0; size < 3000; size += 1000) await store.commit(sampleBatch(size, 1000));
      await store.commit(sampleBatch(3000, 0, { eraseKeys: [`${sampleTransaction(3)}/proof`] }));
      const partsAt = async (index: number) => (await store.sealed(index)).map((row) => row.part);
      for (const index of [3, 1019, 1027, 2043, 2995]) expect(await partsAt(index)).toEqual(["inputs"]);
      for (const index of [2, 1026, 2996]) expect(await partsAt(index)).toEqual(["proof", "inputs"]);
    }));

  it("takes the parts of the same batch too", () =>
    withNewStore(driver, async (store) => {
      await store.commit(sampleBatch(0, 1, { eraseKeys: [`${sampleTransaction(0)}/proof`] }));
      expect((await store.sealed(0)).map((row) => row.part)).toEqual(["inputs"]);
    }));

  it("erases nothing when the batch is refused", () =>
    withNewStore(driver, async (store) => {
      await store.commit(sampleBatch(0, 1));
      const late = sampleBatch(0, 1, { eraseKeys: [`${sampleTransaction(0)}/proof`] });
      await expect(store.commit(late)).rejects.toMatchObject({ code: "conflict" });
      expect(await store.sealed(0)).toHaveLength(2);
    }));
}
