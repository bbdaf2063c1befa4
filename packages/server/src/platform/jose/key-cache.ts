import type { KeyObject } from "node:crypto";

/** A key and its RFC 7638 thumbprint. */
export interface CachedKey {
  readonly key: KeyObject;
  readonly jkt: string;
}

/**
 * What was made of keys, by the exact text they came in (importing costs as much as verifying).
 * Two generations bound the memory; an attacker who sends many keys only slows itself.
 */
export interface KeyCache<T> {
  find(text: string, make: () => T | undefined): T | undefined;
}

/** @param maxEntries - per generation */
export function createKeyCache<T = CachedKey>(maxEntries = 4096): KeyCache<T> {
  let young = new Map<string, T>();
  let old = new Map<string, T>();
  return {
    find(text, make) {
      const found = young.get(text);
      if (found !== undefined) return found;
      const made = old.get(text) ?? make();
      if (made === undefined) return undefined;
      if (young.size >= maxEntries) {
        old = young;
        young = new Map();
      }
      young.set(text, made);
      return made;
    },
  };
}
