import { createSecretKey, type KeyObject } from "node:crypto";
import type { SealedPart } from "@narrowgate/contracts";
import { fromBase64url, parseStrictJson, readObject, readString } from "@narrowgate/kernel";
import type { KeyEncryptionKey } from "../platform/keys/custody.ts";
import type { Store } from "../platform/store/store.ts";
import { ROOM_SEAL_KEY } from "./rooms.ts";
import { decryptPart } from "./sealed-part.ts";
import { wrapContext } from "./sealing.ts";

/** The opened parts of a leaf, as canonical JSON text. */
export type OpenedParts = { readonly [P in SealedPart]?: string };

/** Opens sealed parts, unwrapping each key once. Make one for a piece of work, so that keys do not stay in memory. */
export class OpeningReader {
  readonly #store: Store;
  readonly #keyEncryption: KeyEncryptionKey;
  readonly #keys = new Map<string, KeyObject | null>();

  constructor(store: Store, keyEncryption: KeyEncryptionKey) {
    this.#store = store;
    this.#keyEncryption = keyEncryption;
  }

  /**
   * Opens what is there of a leaf's parts; a part without ciphertext or key is left out.
   * @throws `verification_failed` when a part is there and does not decrypt
   */
  async open(index: number, leafId: string): Promise<OpenedParts> {
    const opened: { -readonly [P in SealedPart]?: string } = {};
    for (const { part, keyId, ciphertext } of await this.#store.sealed(index)) {
      const key = await this.#key(keyId);
      if (key !== null) opened[part] = decryptPart(key, leafId, part, ciphertext);
    }
    return opened;
  }

  async #key(keyId: string): Promise<KeyObject | null> {
    const known = this.#keys.get(keyId);
    if (known !== undefined) return known;
    const text = await this.#store.get(ROOM_SEAL_KEY, keyId);
    const key = text === null ? null : this.#unwrap(keyId, text);
    this.#keys.set(keyId, key);
    return key;
  }

  #unwrap(keyId: string, text: string): KeyObject {
    const row = readObject(parseStrictJson(text), "", ["by", "wrapped"]);
    const wrapped = fromBase64url(readString(row.wrapped, "/wrapped"));
    return createSecretKey(this.#keyEncryption.unwrap(wrapped, wrapContext(keyId)));
  }
}
