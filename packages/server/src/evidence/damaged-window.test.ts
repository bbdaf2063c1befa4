import { toBase64url, utf8 } from "@narrowgate/kernel";
import { Frontier, leafHash, tileWidth } from "@narrowgate/tlog";
import { beforeEach, describe, expect, it } from "vitest";
import { nodeSha256 } from "../platform/crypto-hash/sha256.ts";
import { type BareStore, bareStore } from "./fixtures/bare-store.ts";
import { readTailWindow, type TailWindow } from "./tail-window.ts";
import { TreeEdge } from "./tree-edge.ts";

const WINDOW_MS = 100;

interface Written {
  readonly type?: string;
  readonly at?: number;
  readonly writer?: object;
  readonly txn?: object;
  readonly body?: object;
}

let store: BareStore;
let edge: TreeEdge;
let prev: string | null;
beforeEach(() => {
  store = bareStore();
  edge = new TreeEdge(new Frontier(nodeSha256));
  prev = null;
});

/** Writes a leaf as the writer would, except for what is given. */
function write({ writer, ...written }: Written = {}): void {
  const index = edge.frontier.size;
  const whole = { id: `leaf-${index}`, type: "revocation", at: 1000, body: {}, ...written };
  const leaf = utf8(JSON.stringify({ ...whole, writer: { id: "w", prev, seq: index, ...writer } }));
  store.rows.push({ index, leaf, txnPrevious: null, agentPrevious: null });
  const hash = leafHash(nodeSha256, leaf);
  edge.append(hash);
  prev = toBase64url(hash);
}

function writeMany(count: number, written: Written = {}): void {
  for (let i = 0; i < count; i++) write(written);
}

const read = (windowMs = WINDOW_MS): Promise<TailWindow> => readTailWindow(store, edge, "w", windowMs);
const refusal = (detail: string) => ({ code: "state_rolled_back", detail: expect.stringContaining(detail) });

/** Puts another row in the place of one. */
function replace(at: number, change: { index?: number; leaf?: Uint8Array }): void {
  const row = store.rows[at];
  if (row !== undefined) store.rows[at] = { ...row, ...change };
}

describe("the window of a whole log", () => {
  it("is nothing in an empty one", async () => {
    expect(await read()).toEqual({
      ...{ from: 0, lastHash: null, lastAtMs: 0 },
      ...{ uses: [], openDispatches: [], closed: [] },
    });
  });

  it.each([1, 2, tileWidth - 1, tileWidth, tileWidth + 1, 2 * tileWidth])(
    "reaches from the first to the last of %i leaves of one time",
    async (size) => {
      writeMany(size);
      expect(await read()).toMatchObject({ from: 0, lastHash: prev, lastAtMs: 1000 });
    },
  );

  it("begins with the block that holds its first moment, whatever the leaf before it says", async () => {
    writeMany(tileWidth, { at: 100, type: "closing", txn: { id: "long-ago" } });
    writeMany(1, { at: 899, type: "closing", txn: { id: "t" } });
    writeMany(tileWidth);
    expect(await read()).toMatchObject({ from: tileWidth, lastAtMs: 1000, closed: [{ id: "t", atMs: 899 }] });
    const all = await read(WINDOW_MS + 1);
    expect([all.from, all.closed.length]).toEqual([0, tileWidth + 1]);
  });

  it("names uses, dispatches and closings by what their leaves hold", async () => {
    write({ type: "decision", body: { use: "u", decision: "d" } });
    write({ type: "decision" });
    write({ type: "dispatch", body: { decision: "d" } });
    write({ type: "dispatch", body: { decision: "e" }, txn: { id: "t" } });
    write({ type: "outcome", body: { decision: "d" } });
    write({ type: "closing" });
    expect(await read()).toMatchObject({
      uses: [{ use: "u", atMs: 1000 }],
      openDispatches: [{ decision: "e", txn: "t", agent: undefined }],
      closed: [{ id: "", atMs: 1000 }],
    });
  });

  it("has the newest time that any of its blocks ends with", async () => {
    writeMany(tileWidth, { at: 1050 });
    write({ at: 1000 });
    expect((await read()).lastAtMs).toBe(1050);
  });
});

describe("a window is refused", () => {
  it("where the tiles give another root", async () => {
    writeMany(3);
    edge.frontier.append(leafHash(nodeSha256, utf8("other")), () => undefined);
    edge.place(0, 3, leafHash(nodeSha256, utf8("one more")));
    store.rows.push({ index: 3, leaf: utf8("one more"), txnPrevious: null, agentPrevious: null });
    await expect(read()).rejects.toMatchObject(refusal("do not give the root"));
  });

  it.each([0, 2, tileWidth, tileWidth + 2])("where entry %i is another one", async (at) => {
    writeMany(tileWidth + 3);
    replace(at, { leaf: utf8(JSON.stringify({ id: "other" })) });
    await expect(read()).rejects.toMatchObject(refusal(`entry ${at} is not the one in the tree`));
  });

  it("where an entry stands at another place", async () => {
    writeMany(3);
    replace(2, { index: 7 });
    await expect(read()).rejects.toMatchObject(refusal("entry 2 is not the one in the tree"));
  });

  it("where an entry is missing", async () => {
    writeMany(3);
    store.rows.pop();
    await expect(read()).rejects.toMatchObject(refusal("entries are missing"));
  });

  it.each([
    ["of another writer", { id: "other" }],
    ["that counts wrongly", { seq: 9 }],
    ["that follows another leaf", { prev: "other" }],
    ["that follows nothing", { prev: null }],
  ])("where it holds a leaf %s", async (_what, writer) => {
    writeMany(2);
    write({ writer });
    write();
    await expect(read()).rejects.toMatchObject(refusal("entry 2 breaks the chain"));
  });

  it("where its first leaf is of another writer, though what it follows is not in the window", async () => {
    write({ writer: { prev: "of an earlier log" } });
    expect((await read()).from).toBe(0);
    edge = new TreeEdge(new Frontier(nodeSha256));
    store.rows.splice(0);
    write({ writer: { id: "other" } });
    await expect(read()).rejects.toMatchObject(refusal("entry 0 breaks the chain"));
  });
});
