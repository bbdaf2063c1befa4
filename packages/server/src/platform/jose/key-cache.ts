import type { KeyObject } from "node:crypto";

/** A key and its RFC 7638 thumbprint. */
export interface CachedKey {
  readonly key: KeyObject;
  readonly jkt: string;
}

/**
 * Imported keys by the exact text they came in (importing costs as much as verifying).
 * Two generations bound the memory; an attacker who sends many keys only slows itself.
 */
export interface KeyCache {
  find(text: string, make: () => CachedKey | undefined): CachedKey | undefined;
}

/** @param maxEntries - per generation */
export function createKeyCache(maxEntries = 4096): KeyCache {
  let young = new Map<string, CachedKey>();
  let old = new Map<string, CachedKey>();
  return {
    find(text, make) {
      const found = young.get(text);
      if (found !== undefined) return found;
      const key = old.get(text) ?? make();
      if (key === undefined) return undefined;
      if (young.size >= maxEntries) {
        old = young;
        young = new Map();
      }
      young.set(text, key);
      return key;
    },
  };
}
