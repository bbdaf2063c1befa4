import { concatBytes, utf8 } from "@narrowgate/kernel";
import { Frontier, hashLength, leafHash, tileWidth, treeRoot } from "@narrowgate/tlog";
import { beforeEach, describe, expect, it } from "vitest";
import { nodeSha256 } from "../platform/crypto-hash/sha256.ts";
import { type BareStore, bareStore } from "./fixtures/bare-store.ts";
import { durableHashes, loadTreeEdge, readTile, TreeEdge } from "./tree-edge.ts";

const leafOf = (index: number): Uint8Array => utf8(`leaf ${index}`);
const hashOf = (index: number): Uint8Array => leafHash(nodeSha256, leafOf(index));
const hashes = (from: number, count: number): Uint8Array =>
  concatBytes(...Array.from({ length: count }, (_, i) => hashOf(from + i)));

/** Root of the subtree over one full tile of leaves. */
function rootOf(tile: number): Uint8Array {
  const frontier = new Frontier(nodeSha256);
  for (let i = 0; i < tileWidth; i++) frontier.append(hashOf(tile * tileWidth + i));
  return frontier.root();
}

let store: BareStore;
let edge: TreeEdge;
beforeEach(() => {
  store = bareStore();
  edge = new TreeEdge(new Frontier(nodeSha256));
});

/** Appends leaves to the edge, and keeps in the store what a commit would. */
function grow(count: number, isKept = true): void {
  for (let i = 0; i < count; i++) {
    const index = edge.frontier.size;
    edge.append(hashOf(index));
    store.rows.push({ index, leaf: leafOf(index), txnPrevious: null, agentPrevious: null });
  }
  if (!isKept) return;
  for (const { level, index, hashes: full } of edge.fullTiles()) store.tiles.set(`${level}/${index}`, full);
  edge.settle();
  store.frontier = edge.frontier.serialise();
}
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const rolledBack = (detail: string) =>
  expect.objectContaining({ code: "state_rolled_back", detail: expect.stringContaining(detail) });

describe("the edge of the tree", () => {
  it("serves the open tile, as wide as it is and no wider", () => {
    grow(3);
    expect(edge.read(0, 0, 3)).toEqual(Uint8Array.from(hashes(0, 3)));
    expect(edge.read(0, 0, 2)).toEqual(Uint8Array.from(hashes(0, 2)));
    expect(edge.read(0, 0, 4)).toBeNull();
    expect(edge.read(0, 1, 1)).toBeNull();
    expect(edge.read(1, 0, 1)).toBeNull();
  });

  it("gives copies, which the next leaf does not change", () => {
    grow(1);
    const tile = edge.read(0, 0, 1);
    tile?.fill(0);
    expect(edge.read(0, 0, 1)).toEqual(Uint8Array.from(hashes(0, 1)));
  });

  it("keeps a tile that was filled until it is settled, and begins the next one", () => {
    grow(tileWidth + 1, false);
    expect(edge.fullTiles().map(({ level, index }) => [level, index])).toEqual([[0, 0]]);
    expect(Buffer.from(edge.fullTiles()[0]?.hashes ?? [])).toEqual(Buffer.from(hashes(0, tileWidth)));
    expect(Buffer.from(edge.read(0, 0, 2) ?? [])).toEqual(Buffer.from(hashes(0, 2)));
    expect(edge.read(0, 1, 1)).toEqual(Uint8Array.from(hashes(tileWidth, 1)));
    edge.settle();
    expect(edge.fullTiles()).toEqual([]);
    expect(edge.read(0, 0, 2)).toBeNull();
  });

  it("has the roots of full tiles in the tile above", () => {
    grow(2 * tileWidth);
    expect(edge.read(1, 0, 2)).toEqual(Uint8Array.from(concatBytes(rootOf(0), rootOf(1))));
    expect(edge.read(1, 0, 3)).toBeNull();
    expect(edge.read(0, 2, 0)).toEqual(new Uint8Array());
  });

  it("does not mix up filled tiles of two levels and places", () => {
    grow(2 * tileWidth, false);
    expect(edge.fullTiles().map(({ level, index }) => [level, index])).toEqual([
      [0, 0],
      [0, 1],
    ]);
    expect(Buffer.from(edge.read(0, 1, 1) ?? [])).toEqual(Buffer.from(hashes(tileWidth, 1)));
    expect(edge.read(1, 1, 1)).toBeNull();
  });
});

describe("a tile", () => {
  it("comes from the edge, or else from the store, as wide as asked", async () => {
    grow(tileWidth + 2);
    expect(await readTile(store, edge, { level: 0, index: 1, width: 2 })).toEqual(
      Uint8Array.from(hashes(tileWidth, 2)),
    );
    const full = await readTile(store, edge, { level: 0, index: 0, width: 5 });
    expect(Buffer.from(full)).toEqual(Buffer.from(hashes(0, 5)));
    expect(await readTile(store, edge, { level: 0, index: 0, width: tileWidth })).toHaveLength(
      tileWidth * hashLength,
    );
  });

  it("that is missing or too short shows that the store was changed", async () => {
    grow(tileWidth);
    const tile = { level: 0, index: 0, width: tileWidth };
    store.tiles.set("0/0", hashes(0, tileWidth - 1));
    await expect(readTile(store, edge, tile)).rejects.toThrow(rolledBack("tile 0/0 is missing"));
    expect(await readTile(store, edge, { ...tile, width: tileWidth - 1 })).toHaveLength(
      (tileWidth - 1) * hashLength,
    );
    store.tiles.clear();
    await expect(readTile(store, edge, tile)).rejects.toThrow(rolledBack("tile 0/0 is missing"));
  });

  it("is none of entries", async () => {
    await expect(readTile(store, edge, { level: "entries", index: 0, width: 1 })).rejects.toThrow(
      rolledBack("entry bundles"),
    );
  });
});

describe("the edge as it is rebuilt from the store", () => {
  it.each([0, 1, tileWidth - 1, tileWidth, tileWidth + 3, 2 * tileWidth + 1])(
    "is what it was at %i leaves, and grows on",
    async (size) => {
      grow(size);
      const loaded = await loadTreeEdge(store);
      expect(loaded.frontier.size).toBe(size);
      expect(hex(loaded.frontier.root())).toBe(hex(edge.frontier.root()));
      const open = Math.floor(size / tileWidth);
      const bytesOf = (of: TreeEdge, level: number, tile: number, width: number) =>
        hex(of.read(level, tile, width) ?? new Uint8Array());
      expect(bytesOf(loaded, 0, open, size % tileWidth)).toBe(bytesOf(edge, 0, open, size % tileWidth));
      expect(bytesOf(loaded, 1, 0, open)).toBe(bytesOf(edge, 1, 0, open));
      loaded.append(hashOf(size));
      edge.append(hashOf(size));
      expect(hex(loaded.frontier.root())).toBe(hex(edge.frontier.root()));
      expect(loaded.read(0, open, (size % tileWidth) + 1)).toEqual(
        edge.read(0, open, (size % tileWidth) + 1),
      );
      expect(loaded.fullTiles()).toEqual(edge.fullTiles());
    },
  );

  it("is not where frontier and log differ in size", async () => {
    grow(3);
    store.rows.pop();
    await expect(loadTreeEdge(store)).rejects.toThrow(rolledBack("differ in size"));
  });

  it("is not where a full tile is missing or too short", async () => {
    grow(tileWidth + 1);
    store.tiles.set("0/0", hashes(0, tileWidth - 1));
    await expect(loadTreeEdge(store)).rejects.toThrow(rolledBack("tile 0/0 is missing"));
    store.tiles.clear();
    await expect(loadTreeEdge(store)).rejects.toThrow(rolledBack("tile 0/0 is missing"));
  });

  it("takes no entry that lies behind the size", async () => {
    grow(tileWidth + 3);
    const tree = await store.tree();
    store.rows.push({ index: tree.size, leaf: leafOf(0), txnPrevious: null, agentPrevious: null });
    store.tree = async () => tree;
    const loaded = await loadTreeEdge(store);
    expect(loaded.read(0, 1, 3)).toEqual(edge.read(0, 1, 3));
    expect(loaded.read(0, 1, 4)).toBeNull();
  });

  it("is what it was at every level of a tree of three", async () => {
    grow(tileWidth * tileWidth + tileWidth + 1);
    const loaded = await loadTreeEdge(store);
    for (const [level, index] of [
      [0, tileWidth + 1],
      [1, 1],
      [2, 0],
    ] as const) {
      expect(loaded.read(level, index, 1)).not.toBeNull();
      expect(loaded.read(level, index, 1)).toEqual(edge.read(level, index, 1));
      expect(loaded.read(level, index, 2)).toBeNull();
    }
  });

  it("gives every hash of the durable tree", async () => {
    grow(tileWidth + 3);
    const size = store.rows.length;
    const root = await treeRoot(nodeSha256, size, durableHashes(store, await loadTreeEdge(store), size));
    expect(hex(root)).toBe(hex(edge.frontier.root()));
  });
});
