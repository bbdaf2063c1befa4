import type { Batch, Store } from "@narrowgate/server/store";
import { expect, it } from "vitest";
import { type FaultStore, faultStore, type StoreFault } from "./fault-store.ts";
import { sampleBatch } from "./sample-batch.ts";

/** Stands for a driver that never fails: it only remembers what reached it. */
function recordingStore(): { readonly store: Store; readonly reached: Batch[] } {
  const reached: Batch[] = [];
  const store: Store = {
    commit: async (batch) => {
      reached.push(batch);
    },
    tree: async () => ({ size: reached.length, frontier: new Uint8Array() }),
    entries: async () => [],
    sealed: async () => [],
    head: async () => null,
    tile: async () => null,
    get: async () => null,
    scan: async () => [],
    close: async () => undefined,
  };
  return { store, reached };
}

async function commitThree(
  fault: StoreFault | null,
): Promise<{ reached: number[]; faulty: FaultStore; codes: string[] }> {
  const { store, reached } = recordingStore();
  const faulty = faultStore(store, fault);
  const codes: string[] = [];
  for (const size of [0, 1, 2]) {
    await faulty.commit(sampleBatch(size, 1)).then(
      () => codes.push("ok"),
      (error: { code: string }) => codes.push(error.code),
    );
  }
  return { reached: reached.map((batch) => batch.expectedSize), faulty, codes };
}

it("loses the chosen commit, and refuses everything after it", async () => {
  const { reached, faulty, codes } = await commitThree({ commit: 2, kind: "lost" });
  expect(reached).toEqual([0]);
  expect(codes).toEqual(["ok", "store_unavailable", "store_unavailable"]);
  await expect(faulty.tree()).rejects.toMatchObject({ code: "store_unavailable" });
  expect(faulty.commits()).toBe(2);
});

it("persists the chosen commit and reports it lost, with the same error", async () => {
  const { reached, codes } = await commitThree({ commit: 2, kind: "reported-lost" });
  expect(reached).toEqual([0, 1]);
  expect(codes).toEqual(["ok", "store_unavailable", "store_unavailable"]);
});

it("lets everything through without a fault, and counts", async () => {
  const { reached, faulty, codes } = await commitThree(null);
  expect(reached).toEqual([0, 1, 2]);
  expect(codes).toEqual(["ok", "ok", "ok"]);
  expect(faulty.commits()).toBe(3);
});
