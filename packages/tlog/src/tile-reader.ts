import { invariant, type Sha256 } from "@narrowgate/kernel";
import { refuse } from "./malformed.ts";
import { hashLength, nodeHash } from "./merkle-hash.ts";
import type { HashReader } from "./prove.ts";
import { type TileCoordinates, tileWidth } from "./tiles.ts";
import { isTreeSize } from "./tree-size.ts";

/** Tree levels within one tile: 2^8 hashes side by side. */
const tileHeight = 8;

/**
 * Makes a {@link HashReader} over the tiles of a tree of `size` leaves. It keeps the tiles it has read, so make one
 * per proof or checkpoint rather than one for the life of a process.
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
  const tiles = new Map<string, Promise<Uint8Array>>();
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
    const tile = tiles.get(key) ?? readTile({ level: tileLevel, index: tileIndex, width });
    tiles.set(key, tile);
    const bytes = await tile;
    if (bytes.length % hashLength !== 0 || bytes.length < width * hashLength)
      refuse("tile has the wrong length");
    return subtree(sha256, bytes.subarray(offset * hashLength, (offset + 2 ** height) * hashLength));
  };
}

/** Root over a power of two of hashes that stand side by side. */
function subtree(sha256: Sha256, hashes: Uint8Array): Uint8Array {
  if (hashes.length === hashLength) return hashes;
  const middle = hashes.length / 2;
  return nodeHash(
    sha256,
    subtree(sha256, hashes.subarray(0, middle)),
    subtree(sha256, hashes.subarray(middle)),
  );
}
