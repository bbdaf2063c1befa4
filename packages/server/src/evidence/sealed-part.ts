import { createCipheriv, createDecipheriv, type KeyObject } from "node:crypto";
import type { SealedPart } from "@narrowgate/contracts";
import { canonicalJson, type JsonObject } from "@narrowgate/kernel";
import { sha256Base64url } from "../platform/crypto-hash/sha256.ts";
import { draftRefused, verificationFailed } from "./errors.ts";
import { randomInto, randomText16 } from "./random-pool.ts";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Above anything a bounded request can carry; keeps one draft from holding up the writer. */
const MAX_PART_BYTES = 16 * 1024 * 1024;

/** An opening (canonical text) and the commitment to it. */
export interface SaltedOpening {
  readonly opening: string;
  readonly commitment: string;
}

/** The commitment to the opening of a `proof` or `content` part. @see docs/spec/evidence.md E-7 */
export function openingCommitment(part: "proof" | "content", opening: string): string {
  return sha256Base64url(`narrowgate/sealed/v1\n${part}\n${opening}`);
}

/**
 * Salts an opening and commits to it.
 * @throws `internal_error` when the draft brings its own `salt`
 * @see docs/spec/evidence.md E-7
 */
export function commitOpening(part: "proof" | "content", members: JsonObject): SaltedOpening {
  if (Object.hasOwn(members, "salt")) throw draftRefused("an opening must not bring its own salt");
  const opening = canonicalJson({ ...members, salt: randomText16() });
  return { opening, commitment: openingCommitment(part, opening) };
}

function additionalData(leafId: string, part: SealedPart): Buffer {
  return Buffer.from(`${leafId}/${part}`, "utf8");
}

/**
 * Encrypts an opening: nonce, ciphertext, tag.
 * @throws `internal_error` above 16 MiB
 * @see docs/spec/evidence.md E-10
 */
export function encryptPart(key: KeyObject, leafId: string, part: SealedPart, opening: string): Buffer {
  const length = Buffer.byteLength(opening, "utf8");
  if (length > MAX_PART_BYTES) throw draftRefused(`a sealed part has ${length} bytes`);
  const sealed = Buffer.allocUnsafeSlow(NONCE_BYTES + length + TAG_BYTES);
  randomInto(sealed, NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, sealed.subarray(0, NONCE_BYTES));
  cipher.setAAD(additionalData(leafId, part));
  cipher.update(opening, "utf8").copy(sealed, NONCE_BYTES);
  cipher.final();
  cipher.getAuthTag().copy(sealed, NONCE_BYTES + length);
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
