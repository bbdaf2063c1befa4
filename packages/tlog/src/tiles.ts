import { invariant } from "@narrowgate/kernel";
import { isTreeSize, parseDecimal } from "./tree-size.ts";

/** Hashes, or entries, in a full tile. */
export const tileWidth = 256;

/** Level of a tile of hashes, 0 to 63, or `entries` for a bundle of leaves. */
export type TileLevel = number | "entries";

/** Which tile: `width` is 256 for a full one, 1 to 255 for a partial one. */
export interface TileCoordinates {
  readonly level: TileLevel;
  readonly index: number;
  readonly width: number;
}

function isTile({ level, index, width }: TileCoordinates): boolean {
  const isLevel = level === "entries" || (Number.isInteger(level) && level >= 0 && level <= 63);
  return isLevel && isTreeSize(index) && Number.isInteger(width) && width >= 1 && width <= tileWidth;
}

/**
 * Path of a tile below the log's prefix, such as `tile/0/x001/x234/067.p/5`.
 * @param width - 1 to 256; below 256 the tile is partial
 * @throws NarrowgateError `internal_error` when a number is out of range
 * @see C2SP tlog-tiles, Merkle Tree
 */
export function tilePath(level: TileLevel, index: number, width: number = tileWidth): string {
  invariant(isTile({ level, index, width }), "tile coordinates are in range");
  let groups = String(index % 1000).padStart(3, "0");
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    groups = `x${String(rest % 1000).padStart(3, "0")}/${groups}`;
  }
  return `tile/${level}/${groups}${width === tileWidth ? "" : `.p/${width}`}`;
}

const pathForm = /^tile\/(entries|[0-9]{1,2})\/((?:x[0-9]{3}\/){0,5}[0-9]{3})(?:\.p\/([0-9]{1,3}))?$/;

/**
 * Reads a tile path; accepts exactly what {@link tilePath} writes.
 * Trust: `path` may be attacker-controlled.
 * @returns undefined when it is not a tile path
 */
export function parseTilePath(path: string): TileCoordinates | undefined {
  const [, level, groups, partial] = pathForm.exec(path) ?? [];
  if (level === undefined || groups === undefined) return undefined;
  const index = parseDecimal(groups.replaceAll(/[x/]/g, "").replace(/^0+(?=[0-9])/, ""));
  if (index === undefined) return undefined;
  const tile: TileCoordinates = {
    level: level === "entries" ? level : Number(level),
    index,
    width: partial === undefined ? tileWidth : Number(partial),
  };
  // INVARIANT: one path per tile: leading zeros and a partial width of 256 do not survive the round trip.
  return isTile(tile) && tilePath(tile.level, tile.index, tile.width) === path ? tile : undefined;
}

/**
 * The tiles of hashes that are new or wider in a tree of `newSize` leaves than in one of `oldSize`, leaves upward.
 * Each level-0 tile has an entry bundle of the same index and width beside it.
 * @throws NarrowgateError `internal_error` unless 0 <= `oldSize` <= `newSize` <= 2^53-1
 */
export function* tilesTouched(oldSize: number, newSize: number): Generator<TileCoordinates, void, undefined> {
  invariant(isTreeSize(oldSize) && isTreeSize(newSize) && oldSize <= newSize, "a tree grows");
  let before = oldSize;
  let after = newSize;
  for (let level = 0; after > before; level++) {
    for (let index = Math.floor(before / tileWidth); index * tileWidth < after; index++) {
      yield { level, index, width: Math.min(tileWidth, after - index * tileWidth) };
    }
    before = Math.floor(before / tileWidth);
    after = Math.floor(after / tileWidth);
  }
}

/**
 * All tiles of hashes of a tree of `size` leaves, leaves upward.
 * @throws NarrowgateError `internal_error` unless `size` is a whole number from 0 to 2^53-1
 */
export function tilesFor(size: number): Generator<TileCoordinates, void, undefined> {
  return tilesTouched(0, size);
}
