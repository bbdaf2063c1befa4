import { invariant, type Sha256 } from "@narrowgate/kernel";
import { refuse } from "./malformed.ts";
import { hashLength, nodeHash } from "./merkle-hash.ts";
import type { HashReader } from "./prove.ts";
import { type TileCoordinates, tileWidth } from "./tiles.ts";
import { isTreeSize } from "./tree-size.ts";

/** Tree levels within one tile: 2^8 hashes side by side. */
const tileHeight = 8;

/**
 * Makes a {@link HashReader} over the tiles of a tree of `size` leaves. It keeps the tiles it has read and what it made
 * of them, so make one for some proofs under one head rather than one for the life of a process.
 * Trust: tiles are taken as they come; a wrong one gives a proof that does not verify.
 * @param readTile - gives the bytes of a tile that exists in a tree of `size` leaves, at least `width` hashes
 * @throws NarrowgateError `internal_error` when `size` is no tree size; the reader throws `malformed_input` on a tile
 * that is too short or not made of whole hashes, and whatever `readTile` throws
 */
export function tileHashReader(
  sha256: Sha256,
  size: number,
  readTile: (tile: TileCoordinates) => Promise<Uint8Array>,
): HashReader {
  invariant(isTreeSize(size), "a tree has a size");
  const tiles = new Map<string, Tile>();
  return async (level, index) => {
    const height = level % tileHeight;
    const tileLevel = (level - height) / tileHeight;
    const first = index * 2 ** height;
    const tileIndex = Math.floor(first / tileWidth);
    const key = `${tileLevel}/${tileIndex}`;
    const hashesAtLevel = Math.floor(size / 2 ** (tileLevel * tileHeight));
    const width = Math.min(tileWidth, hashesAtLevel - tileIndex * tileWidth);
    const offset = first - tileIndex * tileWidth;
    invariant(offset + 2 ** height <= width, "only subtrees of the tree are read");
    const tile = tiles.get(key) ?? {
      bytes: readTile({ level: tileLevel, index: tileIndex, width }),
      inner: new Map(),
    };
    tiles.set(key, tile);
    const bytes = await tile.bytes;
    if (bytes.length % hashLength !== 0 || bytes.length < width * hashLength)
      refuse("tile has the wrong length");
    return subtree(sha256, { bytes, inner: tile.inner }, { height, offset });
  };
}

/** A tile, and hashes above its own that were computed, by height and place. */
interface Tile {
  readonly bytes: Promise<Uint8Array>;
  readonly inner: Map<string, Uint8Array>;
}

/** Root over 2^height hashes that stand side by side from `offset` on; each node of a tile is hashed once. */
function subtree(
  sha256: Sha256,
  tile: { readonly bytes: Uint8Array; readonly inner: Map<string, Uint8Array> },
  { height, offset }: { readonly height: number; readonly offset: number },
): Uint8Array {
  if (height === 0) return tile.bytes.subarray(offset * hashLength, (offset + 1) * hashLength);
  const key = `${height}/${offset}`;
  const known = tile.inner.get(key);
  if (known !== undefined) return known;
  const half = height - 1;
  const left = subtree(sha256, tile, { height: half, offset });
  const right = subtree(sha256, tile, { height: half, offset: offset + 2 ** half });
  const hash = nodeHash(sha256, left, right);
  tile.inner.set(key, hash);
  return hash;
}
