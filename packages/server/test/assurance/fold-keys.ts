import type { FoldKeys } from "../../src/assurance/evaluate/keep-fold.ts";
import { memoryKeyEncryptionKey } from "../../src/platform/keys/key-encryption.ts";

/** Long enough that writing it takes a while. */
export const KEPT_BYTES: number = 40_000_000;

/** Keys of an instance whose secret is known. */
export function keysOf(secret: Uint8Array = Buffer.alloc(32, 1)): FoldKeys {
  const wrapping = memoryKeyEncryptionKey("instance", secret);
  const key = Buffer.alloc(32, 7);
  return {
    make: async () => ({ key, wrapped: wrapping.wrap(key, "fold") }),
    async unwrap(wrapped) {
      try {
        return wrapping.unwrap(wrapped, "fold");
      } catch {
        return undefined;
      }
    },
  };
}
