import { randomId } from "@narrowgate/kernel";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EntryRow, Store } from "../../platform/store/store.ts";
import { newInstance, type TestInstance } from "../fixtures/instance.ts";
import { runScript } from "../fixtures/script.ts";
import { OpeningReader } from "../openings.ts";
import { auditLog } from "./audit-log.ts";

let instance: TestInstance;
let store: Store;
beforeEach(async () => {
  instance = await newInstance();
  const opened = await instance.open();
  store = opened.store;
  expect((await runScript(opened.evidence)).failure).toBeUndefined();
  await opened.evidence.close();
});
afterEach(async () => {
  await store.close();
  await instance.remove();
});

/** The same store with its entries read otherwise. */
function withEntries(change: (row: EntryRow) => EntryRow[]): Store {
  return {
    commit: (batch) => store.commit(batch),
    tree: () => store.tree(),
    entries: async (from, count) => (await store.entries(from, count)).flatMap(change),
    sealed: (index) => store.sealed(index),
    head: (kind, id) => store.head(kind, id),
    tile: (level, index) => store.tile(level, index),
    get: (room, key) => store.get(room, key),
    scan: (room, options) => store.scan(room, options),
    close: () => store.close(),
  };
}

function edit(row: EntryRow, from: RegExp, to: string): EntryRow[] {
  const text = Buffer.from(row.leaf).toString("utf8");
  return [{ ...row, leaf: Buffer.from(text.replace(from, to), "utf8") }];
}

async function rules(changed: Store): Promise<readonly string[]> {
  return (await auditLog(changed)).findings.map(({ rule }) => rule);
}

describe("the audit", () => {
  it("finds nothing in a sound log, and counts what was erased", async () => {
    const report = await auditLog(store, new OpeningReader(store, instance.custody.keyEncryption));
    expect(report.findings).toEqual([]);
    expect(report.erased).toBe(6);
    expect(report.openDispatches).toBe(1);
  });

  it("finds a missing entry", async () => {
    expect(await rules(withEntries((row) => (row.index === 5 ? [] : [row])))).toContain("E-3");
  });

  it("finds a changed verdict", async () => {
    expect(await rules(withEntries((row) => edit(row, /"code":"policy_denied",/, "")))).toContain("E-6");
    expect(
      await rules(withEntries((row) => edit(row, /"code":"policy_denied"/, '"code":"cap_spent"'))),
    ).toContain("E-1");
  });

  it("finds an effect without its permit", async () => {
    const effect = /("body":\{"decision":")[^"]{22}("[^}]*"server")/;
    expect(await rules(withEntries((row) => edit(row, effect, `$1${randomId()}$2`)))).toContain("E-11");
  });

  it("finds a gap in the feed, and a permit that is behind it", async () => {
    expect(
      await rules(withEntries((row) => edit(row, /"epoch":1,"feed":1/, '"epoch":1,"feed":2'))),
    ).toContain("E-14");
    expect(
      await rules(withEntries((row) => edit(row, /"action":"call","feed":1/, '"action":"call","feed":0'))),
    ).toContain("E-14");
  });

  it("finds a closing that miscounts", async () => {
    expect(await rules(withEntries((row) => edit(row, /"entries":8/, '"entries":7')))).toContain("E-13");
  });

  it("finds a sealed part that is gone without an erasure", async () => {
    const robbed: Store = {
      ...withEntries((row) => [row]),
      sealed: async (index) => (await store.sealed(index)).slice(1),
    };
    expect(await rules(robbed)).toContain("E-23");
  });

  it("finds a sealed part that was exchanged", async () => {
    const swapped: Store = {
      ...withEntries((row) => [row]),
      sealed: async (index) =>
        (await store.sealed(index)).map((row) => ({
          ...row,
          ciphertext: Uint8Array.from(row.ciphertext).reverse(),
        })),
    };
    const report = await auditLog(swapped, new OpeningReader(swapped, instance.custody.keyEncryption));
    expect(report.findings.map(({ rule }) => rule)).toContain("E-7");
  });
});
