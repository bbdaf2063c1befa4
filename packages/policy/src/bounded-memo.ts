/**
 * A map that never grows beyond its bounds: entries live in two generations, and when the young one is full the old
 * one is dropped whole. A hit in the old generation moves the entry to the young one.
 * Which entries are kept depends on the order of calls; the values returned must not.
 */
export class BoundedMemo<V> {
  readonly #maxEntries: number;
  readonly #maxChars: number;
  #young: Map<string, V> = new Map();
  #old: Map<string, V> = new Map();
  #youngChars = 0;

  /**
   * @param maxEntries - most entries over both generations, at least 2
   * @param maxChars - most UTF-16 units of keys over both generations
   */
  constructor(maxEntries: number, maxChars: number) {
    this.#maxEntries = Math.floor(maxEntries / 2);
    this.#maxChars = Math.floor(maxChars / 2);
  }

  get(key: string): V | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  /** Keeps `value` under `key`; a key longer than a generation may hold is not kept. */
  set(key: string, value: V): void {
    if (key.length > this.#maxChars) return;
    if (this.#young.size >= this.#maxEntries || this.#youngChars + key.length > this.#maxChars) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngChars = 0;
    }
    if (!this.#young.has(key)) this.#youngChars += key.length;
    this.#young.set(key, value);
  }

  /** Entries held, counting one that is in both generations twice. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }
}
