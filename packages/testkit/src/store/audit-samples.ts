import type { Store } from "@narrowgate/server/store";
import { expect } from "vitest";
import { sampleBatch, sampleFrontier, sampleTransaction } from "./sample-batch.ts";

/** Reads the whole store and checks that it is that of some number of whole commits; returns the size of its log. */
export async function auditSamples(store: Store): Promise<number> {
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
