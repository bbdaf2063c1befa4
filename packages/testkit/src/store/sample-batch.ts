import type { Batch } from "@narrowgate/server/store";

/** A tile of 256 hashes, all of whose bytes are `fill`. */
export function sampleTile(fill: number): Uint8Array {
  return new Uint8Array(8192).fill(fill);
}

/** The right edge that {@link sampleBatch} writes for a log of `size` entries. */
export function sampleFrontier(size: number): Uint8Array {
  return new TextEncoder().encode(`edge of ${size}`);
}

/**
 * A batch as a sequencer would write it: each entry with a transaction head, two sealed parts, and one state row that
 * holds the new size, so that a torn commit shows.
 * @param expectedSize - entries in the log before it
 * @param count - entries in it
 * @param change - members to replace
 */
export function sampleBatch(expectedSize: number, count: number, change: Partial<Batch> = {}): Batch {
  const indexes = Array.from({ length: count }, (_, offset) => expectedSize + offset);
  const size = expectedSize + count;
  return {
    expectedSize,
    entries: indexes.map((index) => ({
      index,
      leaf: sampleBytes(600, index),
      txnPrevious: index < 8 ? null : index - 8,
      agentPrevious: index === 0 ? null : index - 1,
    })),
    heads: indexes.map((index) => ({
      kind: "txn",
      id: sampleTransaction(index),
      seq: Math.floor(index / 8),
      hash: `sha256:${index.toString(16).padStart(64, "0")}`,
      index,
    })),
    sealed: indexes.flatMap((index) =>
      (["proof", "inputs"] as const).map((part) => ({
        index,
        part,
        keyId: `${sampleTransaction(index)}/${part}`,
        ciphertext: sampleBytes(400, index),
      })),
    ),
    tiles: [],
    state: [{ room: "sample", key: "size", value: String(size) }],
    frontier: sampleFrontier(size),
    eraseKeys: [],
    ...change,
  };
}

/** Entries take turns among eight transactions. */
export function sampleTransaction(index: number): string {
  return `writer.transaction-${index % 8}`;
}

/** `length` bytes that differ from those of another `seed`. */
export function sampleBytes(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, offset) => (offset + seed) % 251);
}
