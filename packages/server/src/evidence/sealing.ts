import { createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import type { LeafDraft, SealedPart } from "@narrowgate/contracts";
import type { KeyEncryptionKey } from "../platform/keys/custody.ts";
import type { SealedRow, StateRow } from "../platform/store/store.ts";
import { commitInputs } from "./inputs.ts";
import type { Commitments } from "./leaf-text.ts";
import { randomText16 } from "./random-pool.ts";
import { ROOM_SEAL_KEY } from "./rooms.ts";
import { commitOpening, encryptPart } from "./sealed-part.ts";

/** Scopes whose keys are kept in memory; a key that was dropped is simply followed by a younger one. */
const MAX_CACHED_SCOPES = 7_000;

interface SealKey {
  readonly keyId: string;
  readonly key: KeyObject;
}

/** The keys of a scope, by part. */
type ScopeKeys = { [P in SealedPart]?: SealKey };

/** The commitments of a leaf and the encrypted parts beside it. */
export interface SealedLeaf {
  readonly commitments: Commitments;
  readonly rows: readonly SealedRow[];
  readonly bytes: number;
}

/** Nothing is sealed. */
const NONE: SealedLeaf = {
  commitments: { content: undefined, inputs: undefined, proof: undefined },
  rows: [],
  bytes: 0,
};

/**
 * Whose data a sealed part is: the transaction (it has one subject), else the thing or agent registered.
 * Erasing is by scope and part.
 */
export function sealScope(draft: LeafDraft): string {
  // Who asked for an erasure does not go with what was erased.
  if (draft.type === "erasure" && draft.txn !== undefined) return `erased/${draft.txn}`;
  if (draft.txn !== undefined) return `txn/${draft.txn}`;
  const { ref, operator } = draft.body;
  if (typeof ref === "string") return `ref/${ref}`;
  if (draft.agent !== undefined) return `ref/${draft.agent}`;
  return typeof operator === "string" ? `ref/${operator}` : `type/${draft.type}`;
}

/** Authenticated with a wrapped key, so that wrapped keys cannot be exchanged. */
export function wrapContext(keyId: string): string {
  return `narrowgate/seal-key/v1\n${keyId}`;
}

/**
 * Seals the parts of leaves under keys of (scope, part), making keys as needed.
 * Guarantee: a key's wrapped form is handed to the same commit as the first part under it, or to an earlier one.
 * @see docs/spec/evidence.md E-10
 */
export class Sealer {
  readonly #keyEncryption: KeyEncryptionKey;
  readonly #cache = new Map<string, ScopeKeys>();
  #newRows: StateRow[] = [];

  constructor(keyEncryption: KeyEncryptionKey) {
    this.#keyEncryption = keyEncryption;
  }

  /** Commits to and encrypts the parts of a draft. @throws `internal_error`, `malformed_input` on a malformed draft */
  seal(draft: LeafDraft, leafId: string, index: number): SealedLeaf {
    const { content, inputs, proof } = draft;
    if (content === undefined && inputs === undefined && proof === undefined) return NONE;
    const scope = sealScope(draft);
    const keys = this.#keysOf(scope);
    const rows: SealedRow[] = [];
    let bytes = 0;
    const add = (part: SealedPart, opening: Uint8Array): void => {
      const { keyId, key } = keys[part] ?? this.#newKey(keys, scope, part);
      const ciphertext = encryptPart(key, leafId, part, opening);
      bytes += ciphertext.length;
      rows.push({ index, part, keyId, ciphertext });
    };
    const commitments = { content: undefined, inputs: undefined, proof: undefined } as {
      -readonly [P in SealedPart]: string | undefined;
    };
    if (content !== undefined) {
      const { opening, commitment } = commitOpening("content", content);
      commitments.content = commitment;
      add("content", opening);
    }
    if (inputs !== undefined) {
      const { opening, commitment } = commitInputs(inputs);
      commitments.inputs = commitment;
      add("inputs", opening);
    }
    if (proof !== undefined) {
      const { opening, commitment } = commitOpening("proof", proof);
      commitments.proof = commitment;
      add("proof", opening);
    }
    return { commitments, rows, bytes };
  }

  /** Rows of keys made since the last call; they belong in the next commit. */
  takeNewKeyRows(): StateRow[] {
    const rows = this.#newRows;
    this.#newRows = [];
    return rows;
  }

  /** Forgets the current keys of a scope, so that what is sealed later is under younger ones. @returns their ids */
  retire(scope: string, parts: readonly SealedPart[]): readonly string[] {
    const keys = this.#cache.get(scope) ?? {};
    return parts.flatMap((part) => {
      const cached = keys[part];
      delete keys[part];
      return cached === undefined ? [] : [cached.keyId];
    });
  }

  #keysOf(scope: string): ScopeKeys {
    const cached = this.#cache.get(scope);
    if (cached !== undefined) return cached;
    if (this.#cache.size >= MAX_CACHED_SCOPES) {
      const [oldest = scope] = this.#cache.keys();
      this.#cache.delete(oldest);
    }
    const keys: ScopeKeys = {};
    this.#cache.set(scope, keys);
    return keys;
  }

  #newKey(keys: ScopeKeys, scope: string, part: SealedPart): SealKey {
    const secret = randomBytes(32);
    const made = { keyId: `${scope}/${part}/${randomText16()}`, key: createSecretKey(secret) };
    const wrapped = this.#keyEncryption.wrap(secret, wrapContext(made.keyId));
    secret.fill(0);
    const value = `{"by":"${this.#keyEncryption.kid}","wrapped":"${Buffer.from(wrapped).toString("base64url")}"}`;
    this.#newRows.push({ room: ROOM_SEAL_KEY, key: made.keyId, value });
    keys[part] = made;
    return made;
  }
}
