import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from "node:crypto";
import { NarrowgateError } from "@narrowgate/kernel";
import type { KeyEncryptionKey } from "./custody.ts";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

function unwrapRefused(): NarrowgateError {
  return new NarrowgateError("verification_failed", "a wrapped key does not unwrap");
}

/**
 * A key-encryption key held in memory: AES-256-GCM, nonce first, tag last.
 * @param secret - 32 random bytes
 */
export function memoryKeyEncryptionKey(kid: string, secret: Uint8Array): KeyEncryptionKey {
  const key = createSecretKey(secret);
  return {
    kid,
    wrap(plain, context) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", key, nonce);
      cipher.setAAD(Buffer.from(context, "utf8"));
      return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    unwrap(wrapped, context) {
      if (wrapped.length < NONCE_BYTES + TAG_BYTES) throw unwrapRefused();
      const end = wrapped.length - TAG_BYTES;
      try {
        const decipher = createDecipheriv("aes-256-gcm", key, wrapped.subarray(0, NONCE_BYTES));
        decipher.setAAD(Buffer.from(context, "utf8"));
        decipher.setAuthTag(wrapped.subarray(end));
        return Buffer.concat([decipher.update(wrapped.subarray(NONCE_BYTES, end)), decipher.final()]);
      } catch {
        throw unwrapRefused();
      }
    },
  };
}
