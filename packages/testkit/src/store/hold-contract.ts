import { expect, it } from "vitest";
import { startCommitter } from "./kill-committer.ts";
import { sampleBatch, sampleFrontier } from "./sample-batch.ts";
import type { StoreDriver } from "./store-driver.ts";
import { closing, withNewStore } from "./with-store.ts";

/** One process holds a store; a store is made on request only. */
export function holdContract(driver: StoreDriver): void {
  it("opens again what was closed", () =>
    withNewStore(driver, async (store, location) => {
      const batch = sampleBatch(0, 3);
      await store.commit(batch);
      await store.close();
      await closing(await driver.open(location), async (again) => {
        expect(await again.tree()).toEqual({ size: 3, frontier: sampleFrontier(3) });
        expect(await again.entries(0, 9)).toEqual(batch.entries);
        await again.commit(sampleBatch(3, 1));
      });
    }));

  it("refuses everything once closed, and closing again does nothing", () =>
    withNewStore(driver, async (store) => {
      await store.close();
      await store.close();
      const unavailable = { code: "store_unavailable" };
      await expect(store.tree()).rejects.toMatchObject(unavailable);
      await expect(store.commit(sampleBatch(0, 1))).rejects.toMatchObject(unavailable);
    }));

  it("refuses to open what is missing, and makes nothing of it", async () => {
    const location = await driver.newLocation();
    const missing = { code: "store_missing" };
    await expect(driver.open(location)).rejects.toMatchObject(missing);
    await expect(driver.open(location)).rejects.toMatchObject(missing);
    await (await driver.create(location)).close();
  });

  it("refuses to create what exists, and leaves it as it is", () =>
    withNewStore(driver, async (store, location) => {
      await store.commit(sampleBatch(0, 2));
      await store.close();
      await expect(driver.create(location)).rejects.toMatchObject({ code: "conflict" });
      await closing(await driver.open(location), async (again) => {
        expect((await again.tree()).size).toBe(2);
      });
    }));

  it("refuses a second opener in the same process, and the first goes on", () =>
    withNewStore(driver, async (store, location) => {
      await expect(driver.open(location)).rejects.toMatchObject({ code: "store_locked" });
      await store.commit(sampleBatch(0, 1));
      expect((await store.tree()).size).toBe(1);
    }));

  it("refuses a second opener while another process holds it, and lets one in once that is killed", async () => {
    const location = await driver.newLocation();
    await (await driver.create(location)).close();
    const committer = startCommitter(driver, location);
    await committer.acknowledged(1);
    await expect(driver.open(location)).rejects.toMatchObject({ code: "store_locked" });
    await committer.kill();
    await (await driver.open(location)).close();
  });
}
