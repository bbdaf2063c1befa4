import { beforeEach, describe, expect, it } from "vitest";
import type { HeadRow } from "../platform/store/store.ts";
import { ChainHeads } from "./chain-heads.ts";
import { EMPTY_FEED } from "./feed.ts";
import { type BareStore, bareStore } from "./fixtures/bare-store.ts";
import { loadHeads, loadTransaction } from "./load-heads.ts";
import { cleanRow, loadClean, loadFeed, loadWriter, writerRow } from "./writer-row.ts";

let store: BareStore;
beforeEach(() => {
  store = bareStore();
});
const keep = ({ room, key, value }: { room: string; key: string; value: string | null }) =>
  store.state.set(`${room}/${key}`, value ?? "");
const identity = { writerId: "w", origin: "gate.example/log/w", environment: "dev" } as const;

describe("the row of the writer", () => {
  it("is read back", async () => {
    keep(writerRow(identity));
    expect(store.state.get("evidence/writer")).toBe(
      '{"environment":"dev","origin":"gate.example/log/w","writerId":"w"}',
    );
    expect(await loadWriter(store)).toEqual(identity);
  });

  it("missing, there is no log", async () => {
    await expect(loadWriter(store)).rejects.toMatchObject({ code: "store_missing" });
  });

  it.each([
    ["a member more", { ...identity, more: 1 }],
    ["no origin", { ...identity, origin: 1 }],
    ["no writer", { ...identity, writerId: null }],
    ["an environment nobody knows", { ...identity, environment: "test" }],
  ])("with %s is malformed", async (_what, row) => {
    store.state.set("evidence/writer", JSON.stringify(row));
    await expect(loadWriter(store)).rejects.toMatchObject({ code: "malformed_input" });
  });
});

describe("the row of the last end", () => {
  it("says whether it was in order; without it, it was not", async () => {
    expect(await loadClean(store)).toBe(false);
    keep(cleanRow(true));
    expect(await loadClean(store)).toBe(true);
    keep(cleanRow(false));
    expect(await loadClean(store)).toBe(false);
  });
});

describe("the row of the feed", () => {
  const feedOf = (row: unknown) => {
    store.state.set("evidence/feed", JSON.stringify(row));
    return loadFeed(store);
  };

  it("is read, and missing it is the empty one", async () => {
    expect(await loadFeed(store)).toBe(EMPTY_FEED);
    const feed = { position: 2, digest: "d", all: 1 };
    expect(await feedOf(feed)).toEqual(feed);
  });

  it("is damaged where it says nothing was revoked", async () => {
    await expect(feedOf({ position: 0, digest: "d", all: 0 })).rejects.toMatchObject({
      code: "state_rolled_back",
      detail: expect.stringContaining("feed row"),
    });
    for (const row of [
      { position: "1", digest: "d", all: 0 },
      { position: 1, digest: 2, all: 0 },
      { position: 1, digest: "d", all: -1 },
      { position: 1, digest: "d", all: 0, more: 1 },
    ])
      await expect(feedOf(row)).rejects.toMatchObject({ code: "malformed_input" });
  });
});

describe("heads of chains", () => {
  const ref = (n: number) => Buffer.alloc(16, n).toString("base64url");
  const head = (kind: HeadRow["kind"], id: string): HeadRow => ({ kind, id, seq: 4, hash: "h", index: 9 });
  let heads: ChainHeads;
  beforeEach(() => {
    heads = new ChainHeads("w", 1000);
  });

  it("are loaded of every agent, every open transaction, and those closed lately", async () => {
    store.heads.push(
      head("agent", ref(1)),
      head("agent", ref(2)),
      head("txn", "open"),
      head("txn", "closed"),
    );
    store.heads.push(head("txn", "old"));
    for (const key of [`chain-agent/${ref(1)}`, `chain-agent/${ref(2)}`]) store.state.set(key, "true");
    store.state.set("txn-open/open", "70");
    await loadHeads(store, heads, [{ id: "closed", atMs: 50 }]);
    expect(["open", "closed", "old"].map((id) => heads.hasTxn(id))).toEqual([true, true, false]);
    expect([heads.agent(ref(1)), heads.agent(ref(2))]).toEqual([
      { ...head("agent", ref(1)), openedAtMs: 0, closedAtMs: null },
      { ...head("agent", ref(2)), openedAtMs: 0, closedAtMs: null },
    ]);
    expect(heads.txn("open")).toEqual({ ...head("txn", "open"), openedAtMs: 70, closedAtMs: null });
    expect(heads.txn("closed")).toEqual({ ...head("txn", "closed"), openedAtMs: 0, closedAtMs: 50 });
    heads.sweep(1051);
    expect(heads.hasTxn("open")).toBe(true);
    expect(heads.hasTxn("closed")).toBe(false);
  });

  it("that are missing show that the store was changed", async () => {
    store.state.set(`chain-agent/${ref(1)}`, "true");
    await expect(loadHeads(store, heads, [])).rejects.toMatchObject({
      code: "state_rolled_back",
      detail: expect.stringContaining("agent chain"),
    });
    store.heads.push(head("agent", "txn"));
    await expect(
      loadTransaction(store, heads, "txn", { openedAtMs: 0, closedAtMs: null }),
    ).rejects.toMatchObject({ code: "state_rolled_back", detail: expect.stringContaining("txn chain") });
  });
});
