import type { Store } from "@narrowgate/server/store";
import fc from "fast-check";
import { expect, it } from "vitest";
import { sampleBatch, sampleBytes, sampleTile } from "./sample-batch.ts";
import type { StoreDriver } from "./store-driver.ts";
import { withNewStore } from "./with-store.ts";

/** Reads give back what was written, in one order on every driver. */
export function readContract(driver: StoreDriver): void {
  it("reads entries in log order, from any place, up to a count", () =>
    withNewStore(driver, async (store) => {
      await store.commit(sampleBatch(0, 40));
      await store.commit(sampleBatch(40, 60));
      const indexes = async (from: number, count: number) =>
        (await store.entries(from, count)).map((entry) => entry.index);
      expect(await indexes(38, 4)).toEqual([38, 39, 40, 41]);
      expect(await indexes(98, 10)).toEqual([98, 99]);
      expect(await indexes(100, 10)).toEqual([]);
      expect(await indexes(0, 0)).toEqual([]);
    }));

  it("answers with nothing for what is not there", () =>
    withNewStore(driver, async (store) => {
      expect(await store.head("txn", "unknown")).toBeNull();
      expect(await store.tile(3, 9)).toBeNull();
      expect(await store.get("room", "unknown")).toBeNull();
      expect(await store.sealed(0)).toEqual([]);
      expect(await store.scan("room", { limit: 10 })).toEqual([]);
    }));

  it("keeps kinds of heads, rooms and levels of tiles apart", () =>
    withNewStore(driver, async (store) => {
      const head = { id: "same", hash: "h", index: 0 };
      const heads = [
        { ...head, kind: "txn" as const, seq: 1 },
        { ...head, kind: "agent" as const, seq: 2 },
      ];
      const state = ["a", "b"].map((room) => ({ room, key: "same", value: room }));
      const tiles = [0, 1].map((level) => ({ level, index: 0, hashes: sampleTile(level) }));
      await store.commit(sampleBatch(0, 1, { heads, state, tiles }));
      expect(await store.head("txn", "same")).toEqual(heads[0]);
      expect(await store.head("agent", "same")).toEqual(heads[1]);
      expect(await store.scan("b", { limit: 9 })).toEqual([{ key: "same", value: "b" }]);
      expect(await store.tile(1, 0)).toEqual(sampleTile(1));
    }));

  it("keeps leaves, parts and values of a megabyte, and empty ones", () =>
    withNewStore(driver, async (store) => {
      const [first, second] = sampleBatch(0, 2).entries;
      const leaves = [sampleBytes(1_000_000, 3), new Uint8Array()];
      const entries = [first, second].flatMap((entry, at) =>
        entry === undefined ? [] : [{ ...entry, leaf: leaves[at] ?? new Uint8Array() }],
      );
      const part = { part: "content" as const, keyId: "k" };
      const sealed = leaves.map((ciphertext, index) => ({ ...part, index, ciphertext }));
      const state = [{ room: "r", key: "k", value: `"${"é\u{1f511}".repeat(300_000)}"` }];
      await store.commit(sampleBatch(0, 2, { entries, sealed, state }));
      expect(await store.entries(0, 2)).toEqual(entries);
      expect(await store.sealed(0)).toEqual([sealed[0]]);
      expect(await store.sealed(1)).toEqual([sealed[1]]);
      expect(await store.get("r", "k")).toBe(state[0]?.value);
    }));

  it("scans the keys of a prefix page by page, in the order of their bytes", () =>
    withNewStore(driver, async (store) => {
      await fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(awkwardKey, { maxLength: 30 }),
          awkwardPrefix,
          async (keys, prefix) => {
            await replaceKeys(store, keys);
            const expected = keys.filter((key) => key.startsWith(prefix)).sort(byBytes);
            expect(await scanAll(store, prefix)).toEqual(expected);
          },
        ),
        { numRuns: 40 },
      );
    }));
}

/** Where byte order, UTF-16 order and the order of a locale differ, and around the surrogates. */
const awkward = [
  "a",
  "B",
  "_",
  "-",
  " ",
  "é",
  "z",
  "\u007f",
  "\ud7ff",
  "\ue000",
  "\uffff",
  "\u{10000}",
  "\u{10ffff}",
];
const awkwardKey = fc.string({ unit: fc.constantFrom(...awkward), minLength: 1, maxLength: 4 });
const awkwardPrefix = fc.string({ unit: fc.constantFrom(...awkward), maxLength: 2 });

function byBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

async function replaceKeys(store: Store, keys: readonly string[]): Promise<void> {
  const old = await store.scan("keys", { limit: 1000 });
  const state = [
    ...old.map(({ key }) => ({ room: "keys", key, value: null })),
    ...keys.map((key) => ({ room: "keys", key, value: "{}" })),
    // A neighbour on either side, so that a scan that leaves its room shows.
    ...["keyr", "keyt"].map((room) => ({ room, key: "a", value: "{}" })),
  ];
  await store.commit(sampleBatch(0, 0, { state }));
}

async function scanAll(store: Store, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for (;;) {
    const after = keys.at(-1);
    const page = await store.scan("keys", { prefix, limit: 3, ...(after === undefined ? {} : { after }) });
    keys.push(...page.map((row) => row.key));
    if (page.length < 3) return keys;
  }
}
