import { createHash } from "node:crypto";

const TILE = 256;
const HASH = 32;

/** A head as somebody outside holds it. */
export interface Head {
  readonly size: number;
  /** Base64. */
  readonly root: string;
}

/** The head in a signed note. Its signature is not looked at here. */
export function headIn(note: string): Head {
  const [, size = "0", root = ""] = note.split("\n");
  return { size: Number(size), root };
}

const node = (left: Buffer, right: Buffer): Buffer =>
  createHash("sha256")
    .update(Buffer.from([1]))
    .update(left)
    .update(right)
    .digest();

/** Root over hashes of leaves. @see RFC 6962 section 2.1 */
export function rootOver(hashes: readonly Buffer[]): Buffer {
  const [only] = hashes;
  if (hashes.length <= 1) return only ?? createHash("sha256").digest();
  const split = 2 ** Math.floor(Math.log2(hashes.length - 1));
  return node(rootOver(hashes.slice(0, split)), rootOver(hashes.slice(split)));
}

async function tile(log: string, index: number, width: number): Promise<readonly Buffer[]> {
  const name = String(index).padStart(3, "0");
  const answer = await fetch(`${log}/tile/0/${name}${width === TILE ? "" : `.p/${width}`}`);
  if (answer.status !== 200) return [];
  const bytes = Buffer.from(await answer.arrayBuffer());
  return Array.from({ length: bytes.length / HASH }, (_, i) => bytes.subarray(i * HASH, (i + 1) * HASH));
}

/**
 * The root over the first leaves of a log, computed here from what the log publishes to anybody.
 * @param now - size of its newest head. @param size - how many leaves, at most `now`
 * @returns base64; empty where the log does not give them
 */
export async function publishedRoot(log: string, now: number, size: number): Promise<string> {
  const hashes: Buffer[] = [];
  for (let index = 0; index * TILE < size; index++)
    hashes.push(...(await tile(log, index, Math.min(TILE, now - index * TILE))));
  return hashes.length < size ? "" : rootOver(hashes.slice(0, size)).toString("base64");
}
