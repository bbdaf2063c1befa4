import type { Batch } from "@narrowgate/server/store";
import { expect, it } from "vitest";
import { sampleBatch, sampleBytes, sampleFrontier, sampleTile, sampleTransaction } from "./sample-batch.ts";
import type { StoreDriver } from "./store-driver.ts";
import { withNewStore } from "./with-store.ts";

/** Commits are atomic, in order, and refuse what does not continue the log. */
export function commitContract(driver: StoreDriver): void {
  it("begins empty", () =>
    withNewStore(driver, async (store) => {
      expect(await store.tree()).toEqual({ size: 0, frontier: new Uint8Array() });
      expect(await store.entries(0, 10)).toEqual([]);
    }));

  it("keeps everything a batch holds", () =>
    withNewStore(driver, async (store) => {
      const tile = { level: 0, index: 0, hashes: sampleTile(7) };
      const batch = sampleBatch(0, 3, { tiles: [tile] });
      await store.commit(batch);
      expect(await store.tree()).toEqual({ size: 3, frontier: sampleFrontier(3) });
      expect(await store.entries(0, 10)).toEqual(batch.entries);
      expect(await store.head("txn", sampleTransaction(2))).toEqual(batch.heads[2]);
      expect(await store.sealed(1)).toEqual(batch.sealed.slice(2, 4));
      expect(await store.tile(0, 0)).toEqual(tile.hashes);
      expect(await store.get("sample", "size")).toBe("3");
    }));

  it("changes state without adding an entry", () =>
    withNewStore(driver, async (store) => {
      await store.commit(sampleBatch(0, 0, { state: [{ room: "r", key: "k", value: "{}" }] }));
      expect(await store.get("r", "k")).toBe("{}");
      expect((await store.tree()).size).toBe(0);
    }));

  it("lets the last of several changes to one row count", () =>
    withNewStore(driver, async (store) => {
      const change = (key: string, value: string | null) => ({ room: "r", key, value });
      const head = (seq: number) => ({ kind: "agent" as const, id: "a", seq, hash: "h", index: 0 });
      const state = [change("a", "1"), change("b", "1"), change("a", null), change("b", "2")];
      await store.commit(sampleBatch(0, 1, { state, heads: [head(1), head(2)] }));
      expect(await store.get("r", "a")).toBeNull();
      expect(await store.get("r", "b")).toBe("2");
      expect((await store.head("agent", "a"))?.seq).toBe(2);
    }));

  it("refuses a batch for another size, and writes nothing of it", () =>
    withNewStore(driver, async (store) => {
      await store.commit(sampleBatch(0, 5));
      for (const expectedSize of [0, 4, 6]) {
        const attempt = store.commit(sampleBatch(expectedSize, 1));
        await expect(attempt).rejects.toMatchObject({ code: "conflict" });
      }
      expect(await store.tree()).toEqual({ size: 5, frontier: sampleFrontier(5) });
      expect(await store.get("sample", "size")).toBe("5");
      await store.commit(sampleBatch(5, 1));
    }));

  it("writes nothing when the last row of a batch cannot be written, and goes on", () =>
    withNewStore(driver, async (store) => {
      await store.commit(sampleBatch(0, 1, { tiles: [{ level: 0, index: 0, hashes: sampleTile(1) }] }));
      const twice = sampleBatch(1, 2, { tiles: [{ level: 0, index: 0, hashes: sampleTile(2) }] });
      await expect(store.commit(twice)).rejects.toMatchObject({ code: "store_unavailable" });
      expect((await store.tree()).size).toBe(1);
      expect(await store.entries(1, 10)).toEqual([]);
      expect(await store.head("txn", sampleTransaction(1))).toBeNull();
      expect(await store.sealed(1)).toEqual([]);
      expect(await store.tile(0, 0)).toEqual(sampleTile(1));
      await store.commit(sampleBatch(1, 2));
    }));

  it("serialises commits that are asked for at once: one of them wins", () =>
    withNewStore(driver, async (store) => {
      const attempts = [1, 2, 3].map((count) => store.commit(sampleBatch(0, count)));
      const results = await Promise.allSettled(attempts);
      expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
      const { size } = await store.tree();
      expect(await store.entries(0, 10)).toHaveLength(size);
    }));

  it.each<[string, Partial<Batch>, string]>([
    ["a gap in the log", { entries: sampleBatch(7, 1).entries }, "internal_error"],
    ["a head beyond the log", { heads: sampleBatch(9, 1).heads }, "internal_error"],
    ["a sealed part beyond the log", { sealed: sampleBatch(9, 1).sealed }, "internal_error"],
    ["a partial tile", { tiles: [{ level: 0, index: 0, hashes: sampleBytes(32, 0) }] }, "internal_error"],
    ["a key with U+0000", { state: [{ room: "r", key: "a\0b", value: "1" }] }, "malformed_input"],
    ["a key with a lone surrogate", { state: [{ room: "r", key: "\ud800", value: "1" }] }, "malformed_input"],
    ["an empty key", { state: [{ room: "r", key: "", value: "1" }] }, "malformed_input"],
    ["a long key", { state: [{ room: "r", key: "k".repeat(513), value: "1" }] }, "malformed_input"],
    ["a value with U+0000", { state: [{ room: "r", key: "k", value: "\0" }] }, "malformed_input"],
  ])("refuses %s", (_what, change, code) =>
    withNewStore(driver, async (store) => {
      await expect(store.commit(sampleBatch(0, 1, change))).rejects.toMatchObject({ code });
      expect((await store.tree()).size).toBe(0);
    }),
  );
}
