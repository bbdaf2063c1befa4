import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { faultStore } from "@narrowgate/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSqliteStore } from "../platform/store/sqlite/open-sqlite-store.ts";
import type { Store } from "../platform/store/store.ts";
import { createEvidence } from "./create-evidence.ts";
import { DEFAULT_WINDOW_MS } from "./evidence.ts";
import { bareStore } from "./fixtures/bare-store.ts";
import { revocation } from "./fixtures/drafts.ts";
import { newInstance, type TestInstance } from "./fixtures/instance.ts";
import { isIntact } from "./is-intact.ts";

let instance: TestInstance;
let store: Store;
beforeEach(async () => {
  instance = await newInstance();
  const opened = await instance.open();
  await opened.evidence.record([revocation(1)]).durable;
  await opened.evidence.close();
  ({ store } = opened);
});
afterEach(async () => {
  await store.close();
  await instance.remove();
});

describe("a log is intact", () => {
  it("when its store fits its anchor; asking changes nothing", async () => {
    const before = await store.tree();
    expect(await isIntact(instance.setup(store))).toBe(true);
    expect(await store.tree()).toEqual(before);
  });

  it("no more when its anchor is gone", async () => {
    await rm(instance.anchorPath);
    expect(await isIntact(instance.setup(store))).toBe(false);
  });

  it("not when the anchor beside it is that of another log that never got a leaf", async () => {
    // The anchor is all a first start left behind that was cut short: of size 0, it fits every tree.
    const failing = faultStore(await createSqliteStore(join(instance.directory, "new", "log.db")), {
      commit: 1,
      kind: "lost",
    });
    const anchorPath = join(instance.directory, "other.json");
    const log = { authority: "gate.example", environment: "dev" } as const;
    await expect(createEvidence(instance.setup(failing, { anchorPath }), log)).rejects.toThrow();
    await copyFile(anchorPath, instance.anchorPath);
    expect(await isIntact(instance.setup(store))).toBe(false);
  });

  it("not in an empty store", async () => {
    const empty = await createSqliteStore(join(instance.directory, "empty", "log.db"));
    expect(await isIntact(instance.setup(empty))).toBe(false);
    await empty.close();
  });

  it("as far back as it is told to look, or a quarter of an hour", async () => {
    await store.close();
    const opened = await instance.open();
    for (let i = 0; i < 300; i++) opened.evidence.record([revocation(i + 2)]);
    instance.clock.advance(DEFAULT_WINDOW_MS);
    await opened.evidence.record([revocation(302)]).durable;
    await opened.evidence.close();
    await opened.store.close();
    const db = new DatabaseSync(instance.storePath);
    db.exec("UPDATE entry SET leaf = CAST(leaf || ' ' AS BLOB) WHERE idx = 5");
    db.close();
    store = await instance.openStore();
    expect(await isIntact(instance.setup(store, { windowMs: DEFAULT_WINDOW_MS - 1 }))).toBe(true);
    expect(await isIntact(instance.setup(store))).toBe(false);
  });

  it("or not, nobody can tell while the store cannot be used", async () => {
    const broken = faultStore(store, null);
    await broken.close();
    await expect(isIntact(instance.setup(broken))).rejects.toMatchObject({ code: "store_unavailable" });
  });

  it("or not, it does not say when something else goes wrong", async () => {
    const broken = { ...bareStore(), get: () => Promise.reject(new RangeError("other")) };
    await expect(isIntact(instance.setup(broken))).rejects.toThrow(RangeError);
  });
});
