import type { Store } from "@narrowgate/server/store";
import type { StoreDriver } from "./store-driver.ts";

/** Runs `work` on a new store at a place of its own, and closes it whatever happens. */
export async function withNewStore(
  driver: StoreDriver,
  work: (store: Store, location: string) => Promise<void>,
): Promise<void> {
  const location = await driver.newLocation();
  await closing(await driver.create(location), (store) => work(store, location));
}

/** Runs `work` on an open store, and closes it whatever happens. */
export async function closing<T>(store: Store, work: (store: Store) => Promise<T>): Promise<T> {
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
