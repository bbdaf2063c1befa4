import { Frontier, type HashReader, hashLength, leafHash, tileHashReader, tileWidth } from "@narrowgate/tlog";
import { nodeSha256 } from "../platform/crypto-hash/sha256.ts";
import type { Store, TileRow } from "../platform/store/store.ts";
import { stateRolledBack } from "./errors.ts";

const TILE_HEIGHT = 8;

/** The tile of a level that is being filled. */
interface OpenTile {
  readonly index: number;
  readonly hashes: Buffer;
  count: number;
}

function openTile(index: number): OpenTile {
  return { index, hashes: Buffer.alloc(tileWidth * hashLength), count: 0 };
}

/**
 * The right edge of the tree: the frontier, and for each level the tile that is not full yet, from which partial tiles
 * are served. Ahead of the store by what is being committed; readers ask for durable widths only.
 */
export class TreeEdge {
  readonly frontier: Frontier;
  readonly #tiles: OpenTile[] = [];
  /** Filled, but perhaps not durable yet. */
  #full: TileRow[] = [];

  constructor(frontier: Frontier) {
    this.frontier = frontier;
  }

  /** Appends a leaf by its hash. */
  append(hash: Uint8Array): void {
    this.frontier.append(hash, (level, index, subtree) => {
      if (level % TILE_HEIGHT === 0) this.place(level / TILE_HEIGHT, index, subtree);
    });
  }

  /** Puts a hash into the open tile of its level; at start, also to fill the open tiles from the store. */
  place(tileLevel: number, index: number, hash: Uint8Array): void {
    const tile = this.#tiles[tileLevel] ?? openTile(Math.floor(index / tileWidth));
    this.#tiles[tileLevel] = tile;
    tile.hashes.set(hash, tile.count * hashLength);
    tile.count += 1;
    if (tile.count < tileWidth) return;
    this.#full.push({ level: tileLevel, index: tile.index, hashes: tile.hashes });
    this.#tiles[tileLevel] = openTile(tile.index + 1);
  }

  /** Tiles filled and not yet settled; they belong in the next commit. */
  fullTiles(): readonly TileRow[] {
    return this.#full;
  }

  /** Forgets filled tiles: they are in the store now. */
  settle(): void {
    this.#full = [];
  }

  /** The first `width` hashes of a tile that is not full yet, or not in the store yet; null when it is neither. */
  read(tileLevel: number, index: number, width: number): Uint8Array | null {
    const tile = this.#tiles[tileLevel];
    if (tile !== undefined && tile.index === index && tile.count >= width) {
      return Uint8Array.from(tile.hashes.subarray(0, width * hashLength));
    }
    const full = this.#full.find((each) => each.level === tileLevel && each.index === index);
    return full?.hashes.subarray(0, width * hashLength) ?? null;
  }
}

/** Reads tiles of the durable tree, full ones from the store, the open ones from the edge. */
export async function readTile(
  store: Store,
  edge: TreeEdge,
  tile: { readonly level: number | "entries"; readonly index: number; readonly width: number },
): Promise<Uint8Array> {
  if (tile.level === "entries") throw stateRolledBack("entry bundles are no tiles of hashes");
  const open = edge.read(tile.level, tile.index, tile.width);
  const bytes = open ?? (await store.tile(tile.level, tile.index))?.subarray(0, tile.width * hashLength);
  if (bytes === undefined || bytes.length < tile.width * hashLength) {
    throw stateRolledBack(`tile ${tile.level}/${tile.index} is missing`);
  }
  return bytes;
}

/** A hash reader over the durable tree of `size` leaves. */
export function durableHashes(store: Store, edge: TreeEdge, size: number): HashReader {
  return tileHashReader(nodeSha256, size, (tile) => readTile(store, edge, tile));
}

async function subtreeOfTile(store: Store, level: number, index: number): Promise<Uint8Array> {
  const tile = await store.tile(level, index);
  if (tile === null || tile.length !== tileWidth * hashLength) {
    throw stateRolledBack(`tile ${level}/${index} is missing`);
  }
  const inner = new Frontier(nodeSha256);
  for (let at = 0; at < tile.length; at += hashLength) inner.append(tile.subarray(at, at + hashLength));
  return inner.root();
}

/**
 * Rebuilds the edge of the tree from the store.
 * Trust: the store may have been changed; the caller compares the roots.
 * @throws `state_rolled_back` when frontier, tiles and entries do not fit together
 */
export async function loadTreeEdge(store: Store): Promise<TreeEdge> {
  const { size, frontier } = await store.tree();
  if (size === 0) return new TreeEdge(new Frontier(nodeSha256));
  const restored = Frontier.restore(nodeSha256, frontier);
  if (restored.size !== size) throw stateRolledBack("frontier and log differ in size");
  const edge = new TreeEdge(restored);
  const first = size - (size % tileWidth);
  for (const { index, leaf } of await store.entries(first, size - first)) {
    edge.place(0, index, leafHash(nodeSha256, leaf));
  }
  for (let level = 1, count = Math.floor(size / tileWidth); count > 0; level++) {
    for (let index = count - (count % tileWidth); index < count; index++) {
      edge.place(level, index, await subtreeOfTile(store, level - 1, index));
    }
    count = Math.floor(count / tileWidth);
  }
  return edge;
}
