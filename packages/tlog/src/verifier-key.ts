import { concatBytes, fromBase64, type Sha256, toBase64, utf8 } from "@narrowgate/kernel";
import { refuse } from "./malformed.ts";
import { isKeyName } from "./signed-note.ts";

/** Signature type of a plain Ed25519 signature over the note text. */
export const ed25519Type = 0x01;

/** Signature type of a timestamped Ed25519 cosignature (cosignature/v1). */
export const cosignatureType = 0x04;

/** A public key under which a note may be verified. */
export interface VerifierKey {
  readonly name: string;
  readonly keyId: number;
  readonly type: number;
  readonly publicKey: Uint8Array;
}

/**
 * Key id: the first four bytes of SHA-256(name || 0x0A || type || public key), as an unsigned number.
 * @throws NarrowgateError `malformed_bytes` when the name holds a lone surrogate
 * @see C2SP signed-note, Signatures
 */
export function keyId(sha256: Sha256, key: Pick<VerifierKey, "name" | "type" | "publicKey">): number {
  const digest = sha256(concatBytes(utf8(`${key.name}\n`), Uint8Array.of(key.type), key.publicKey));
  return new DataView(digest.buffer, digest.byteOffset).getUint32(0);
}

/**
 * Makes a verifier key, computing its id.
 * @param key - type 0x01 or 0x04 with 32 bytes of public key
 * @throws NarrowgateError `malformed_input` on another type, length or an impossible name
 */
export function makeVerifierKey(
  sha256: Sha256,
  key: Pick<VerifierKey, "name" | "type" | "publicKey">,
): VerifierKey {
  const { name, type, publicKey } = key;
  if (!isKeyName(name)) refuse("verifier key has an impossible name");
  if (type !== ed25519Type && type !== cosignatureType)
    refuse("verifier key is of a type not supported here");
  if (publicKey.length !== 32) refuse("verifier key does not have 32 bytes");
  return { name, type, publicKey, keyId: keyId(sha256, key) };
}

/** Writes a verifier key as `name+hex id+base64(type || public key)`. */
export function formatVerifierKey(key: VerifierKey): string {
  const id = key.keyId.toString(16).padStart(8, "0");
  return `${key.name}+${id}+${toBase64(concatBytes(Uint8Array.of(key.type), key.publicKey))}`;
}

/**
 * Reads a verifier key of type 0x01 or 0x04; accepts exactly what {@link formatVerifierKey} writes.
 * Trust: the key decides what is believed, so it comes from the operator; the id is checked against the key.
 * @throws NarrowgateError `malformed_input` or `malformed_bytes`
 * @see C2SP signed-note, Verifier keys
 */
export function parseVerifierKey(sha256: Sha256, text: string): VerifierKey {
  const [, name, id, material] = /^([^+]{1,255})\+([0-9a-f]{8})\+([A-Za-z0-9+/=]{1,64})$/u.exec(text) ?? [];
  if (name === undefined || id === undefined || material === undefined) refuse("text is not a verifier key");
  const bytes = fromBase64(material);
  const key = makeVerifierKey(sha256, { name, type: bytes[0] ?? 0, publicKey: bytes.slice(1) });
  if (key.keyId !== Number.parseInt(id, 16)) refuse("verifier key does not match its id");
  return key;
}
