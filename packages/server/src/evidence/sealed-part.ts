import { createCipheriv, createDecipheriv, type KeyObject } from "node:crypto";
import type { SealedPart } from "@narrowgate/contracts";
import { canonicalJson, type JsonObject } from "@narrowgate/kernel";
import { sha256Base64url } from "../platform/crypto-hash/sha256.ts";
import { draftRefused, verificationFailed } from "./errors.ts";
import { randomInto, randomText16 } from "./random-pool.ts";
import { encodeBehind } from "./utf8-scratch.ts";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Above anything a bounded request can carry; keeps one draft from holding up the writer. */
const MAX_PART_BYTES = 16 * 1024 * 1024;

const PREFIXES = {
  content: Buffer.from("narrowgate/sealed/v1\ncontent\n", "utf8"),
  proof: Buffer.from("narrowgate/sealed/v1\nproof\n", "utf8"),
} as const;

/** An opening and the commitment to it. */
export interface CommittedOpening {
  /** Canonical JSON as UTF-8. ORDER: good until the next opening is committed to. */
  readonly opening: Buffer;
  readonly commitment: string;
}

/**
 * Salts an opening and commits to it.
 * @throws `internal_error` when the draft brings its own `salt`
 * @see docs/spec/evidence.md E-7
 */
export function commitOpening(part: "proof" | "content", members: JsonObject): CommittedOpening {
  if (Object.hasOwn(members, "salt")) throw draftRefused("an opening must not bring its own salt");
  const { text, prefixed } = encodeBehind(
    PREFIXES[part],
    canonicalJson({ ...members, salt: randomText16() }),
  );
  return { opening: text, commitment: sha256Base64url(prefixed) };
}

function additionalData(leafId: string, part: SealedPart): Buffer {
  return Buffer.from(`${leafId}/${part}`, "utf8");
}

/**
 * Encrypts an opening: nonce, ciphertext, tag.
 * @throws `internal_error` above 16 MiB
 * @see docs/spec/evidence.md E-10
 */
export function encryptPart(key: KeyObject, leafId: string, part: SealedPart, opening: Uint8Array): Buffer {
  const { length } = opening;
  if (length > MAX_PART_BYTES) throw draftRefused(`a sealed part has ${length} bytes`);
  const sealed = Buffer.allocUnsafe(NONCE_BYTES + length + TAG_BYTES);
  randomInto(sealed, NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, sealed.subarray(0, NONCE_BYTES));
  cipher.setAAD(additionalData(leafId, part));
  sealed.set(cipher.update(opening), NONCE_BYTES);
  cipher.final();
  sealed.set(cipher.getAuthTag(), NONCE_BYTES + length);
  return sealed;
}

/**
 * Decrypts what {@link encryptPart} made.
 * Trust: `sealed` comes from the store, which may have been tampered with.
 * @throws `verification_failed` when it is not that part of that leaf under that key
 */
export function decryptPart(key: KeyObject, leafId: string, part: SealedPart, sealed: Uint8Array): string {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) throw verificationFailed("a sealed part is too short");
  const end = sealed.length - TAG_BYTES;
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, NONCE_BYTES));
    decipher.setAAD(additionalData(leafId, part));
    decipher.setAuthTag(sealed.subarray(end));
    return decipher.update(sealed.subarray(NONCE_BYTES, end), undefined, "utf8") + decipher.final("utf8");
  } catch {
    throw verificationFailed(`the ${part} part of leaf ${leafId} does not decrypt`);
  }
}
