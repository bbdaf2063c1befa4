import { invariant } from "@narrowgate/kernel";

/** Sets held parsed at a time. */
export const MAX_PREPARSED_SETS = 512;

/** Policies held parsed at a time, over all sets; about 2.6 KiB each. One set alone may be larger. */
export const MAX_PREPARSED_POLICIES = 20_000;

interface Held {
  readonly slot: string;
  readonly weight: number;
}

interface Texts {
  readonly texts: Readonly<Record<string, string>>;
}

/**
 * Says which policy sets Cedar holds parsed. Cedar never frees a set by itself and keeps one for each name it was ever
 * given, so there is a fixed number of names; the set that was parsed first makes room for the next.
 * INVARIANT: which sets are held changes how long an answer takes and never the answer.
 */
export class PreparsedSets {
  readonly #preparse: (slot: string, texts: Readonly<Record<string, string>>) => void;
  readonly #held: Map<Texts, Held> = new Map();
  readonly #free: string[] = Array.from({ length: MAX_PREPARSED_SETS }, (_, i) => `set-${i}`);
  #weight = 0;

  /** @param preparse - parses `texts` under the name `slot`, in place of what was there */
  constructor(preparse: (slot: string, texts: Readonly<Record<string, string>>) => void) {
    this.#preparse = preparse;
  }

  /** Makes sure that `set` (compared by identity) is parsed; returns the name it is parsed under. */
  hold(set: Texts): string {
    const held = this.#held.get(set);
    if (held !== undefined) return held.slot;
    const weight = Object.keys(set.texts).length;
    while (
      this.#free.length === 0 ||
      (this.#held.size > 0 && this.#weight + weight > MAX_PREPARSED_POLICIES)
    ) {
      this.#dropOldest();
    }
    const slot = this.#free.at(-1);
    invariant(slot !== undefined, "a name is free after dropping a set");
    this.#preparse(slot, set.texts);
    // ORDER: a name counts as taken only once the set is parsed under it.
    this.#free.pop();
    this.#held.set(set, { slot, weight });
    this.#weight += weight;
    return slot;
  }

  #dropOldest(): void {
    for (const [set, { slot, weight }] of this.#held) {
      this.#held.delete(set);
      this.#weight -= weight;
      this.#free.push(slot);
      // An empty set in its place gives the memory back.
      this.#preparse(slot, {});
      return;
    }
  }
}
