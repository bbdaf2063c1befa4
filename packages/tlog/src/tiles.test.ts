import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decodeEntryBundle,
  encodeEntryBundle,
  parseTilePath,
  type TileLevel,
  tilePath,
  tilesFor,
  tilesTouched,
} from "./index.ts";

const level = fc.oneof(fc.constant<TileLevel>("entries"), fc.integer({ min: 0, max: 63 }));
const index = fc.oneof(fc.nat(2000), fc.maxSafeNat());
const width = fc.integer({ min: 1, max: 256 });

describe("tile paths", () => {
  test.each([
    ["tile/0/000", 0, 0, 256],
    ["tile/0/x001/x234/067", 0, 1_234_067, 256],
    ["tile/entries/x001/000.p/255", "entries", 1000, 255],
    ["tile/63/999.p/1", 63, 999, 1],
  ] as const)("%s", (path, level, index, width) => {
    expect(tilePath(level, index, width)).toBe(path);
    expect(parseTilePath(path)).toEqual({ level, index, width });
  });

  test("every tile has a path of its own", () => {
    fc.assert(
      fc.property(level, index, width, (level, index, width) => {
        expect(parseTilePath(tilePath(level, index, width))).toEqual({ level, index, width });
      }),
    );
  });

  test.each([
    "tile/0/0",
    "tile/00/000",
    "tile/64/000",
    "tile/0/x000/001",
    "tile/0/001/002",
    "tile/0/x001",
    "tile/0/000.p/256",
    "tile/0/000.p/0",
    "tile/0/000.p/01",
    "tile/0/000/",
    "/tile/0/000",
    "tile/0/000\n",
    "tile/entry/000",
    "tile/0/../000",
    "tile/0/x009/x007/x199/x254/x740/992",
    "tile/-1/000",
  ])("refuses %j", (path) => {
    expect(parseTilePath(path)).toBeUndefined();
  });

  test("accepts only what it would write", () => {
    const near = fc.array(fc.constantFrom("tile/", "0", "x", "/", "001", ".p/", "entries/", "12", "x000"), {
      maxLength: 7,
    });
    fc.assert(
      fc.property(near, (parts) => {
        const path = `tile/0/${parts.join("")}`;
        const tile = parseTilePath(path);
        if (tile !== undefined) expect(tilePath(tile.level, tile.index, tile.width)).toBe(path);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("tiles of a tree", () => {
  test("70,000 leaves take 273 full and one partial tile at the bottom, and three above", () => {
    const tiles = [...tilesFor(70_000)];
    expect(tiles.filter((tile) => tile.level === 0 && tile.width === 256)).toHaveLength(273);
    expect(tiles.slice(273)).toEqual([
      { level: 0, index: 273, width: 112 },
      { level: 1, index: 0, width: 256 },
      { level: 1, index: 1, width: 17 },
      { level: 2, index: 0, width: 1 },
    ]);
  });

  test("256 leaves take a full tile and one above it; none take none", () => {
    expect([...tilesFor(256)]).toEqual([
      { level: 0, index: 0, width: 256 },
      { level: 1, index: 0, width: 1 },
    ]);
    expect([...tilesFor(0)]).toEqual([]);
  });

  test("growing touches exactly the tiles that differ", () => {
    const size = fc.nat(200_000);
    fc.assert(
      fc.property(size, size, (a, b) => {
        const [before, after] = [Math.min(a, b), Math.max(a, b)];
        const key = (tile: { level: TileLevel; index: number; width: number }): string =>
          tilePath(tile.level, tile.index, tile.width);
        const old = new Set([...tilesFor(before)].map(key));
        const added = [...tilesFor(after)].map(key).filter((path) => !old.has(path));
        expect([...tilesTouched(before, after)].map(key)).toEqual(added);
      }),
      { numRuns: 30 },
    );
  });

  test("a step at the end of a large tree touches few tiles", () => {
    expect([...tilesTouched(2 ** 53 - 2, 2 ** 53 - 1)]).toEqual([
      { level: 0, index: 2 ** 45 - 1, width: 255 },
    ]);
  });
});

describe("entry bundles", () => {
  test("round trip", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 256 }), (leaves) => {
        expect(decodeEntryBundle(encodeEntryBundle(leaves))).toEqual(leaves);
      }),
      { numRuns: 30 },
    );
    const largest = [new Uint8Array(65_535).fill(3)];
    expect(decodeEntryBundle(encodeEntryBundle(largest))).toEqual(largest);
  });

  test("any bytes are refused or written back as they were", () => {
    fc.assert(
      fc.property(fc.uint8Array({ max: 3, maxLength: 12 }), (bytes) => {
        try {
          expect(encodeEntryBundle(decodeEntryBundle(bytes))).toEqual(bytes);
        } catch (error) {
          expect(error).toEqual(expect.objectContaining({ code: "malformed_input" }));
        }
      }),
    );
  });

  test("refuses 257 leaves and a leaf that is too long", () => {
    expect(() => decodeEntryBundle(new Uint8Array(2 * 257))).toThrow(
      expect.objectContaining({ code: "malformed_input" }),
    );
    expect(() => encodeEntryBundle([new Uint8Array(65_536)])).toThrow(
      expect.objectContaining({ code: "internal_error" }),
    );
  });
});
