import { toBase64url } from "@narrowgate/kernel";
import {
  ed25519Type,
  Frontier,
  formatCheckpoint,
  formatNote,
  makeVerifierKey,
  type NoteSignature,
  type VerifierKey,
} from "@narrowgate/tlog";
import { nodeSha256 } from "../platform/crypto-hash/sha256.ts";
import type { LogKey } from "../platform/keys/custody.ts";
import type { Anchor } from "./anchor.ts";
import type { DurableTree } from "./sequencer.ts";

/** A signed head of the log. */
export interface SignedCheckpoint {
  readonly size: number;
  readonly root: Uint8Array;
  /** The text that is signed. */
  readonly text: string;
  /** The signed note. */
  readonly note: string;
  readonly signature: NoteSignature;
}

/** Root of a durable tree. */
export function rootOf({ frontier }: DurableTree): Uint8Array {
  return Frontier.restore(nodeSha256, frontier).root();
}

/** The anchor that names a durable tree. */
export function anchorOf(origin: string, durable: DurableTree): Anchor {
  const { position, digest, all } = durable.feed;
  const root = toBase64url(rootOf(durable));
  return { origin, size: durable.size, root, feed: position, feedDigest: digest, epochAll: all };
}

/** The key under which a log's checkpoints verify; its name is the origin. */
export function logVerifierKey(origin: string, key: LogKey): VerifierKey {
  return makeVerifierKey(nodeSha256, { name: origin, type: ed25519Type, publicKey: key.publicKey });
}

/**
 * Signs heads of one log.
 *
 * INVARIANT: only durable trees are signed, the durable tree only grows, and its root is a function of its size; so no
 * two checkpoints are inconsistent, in this process or over restarts (recovery.ts refuses an older or other store).
 * If we crash after signing, the next start signs the same text for the same size: Ed25519 is deterministic.
 * @see docs/spec/evidence.md E-1
 */
export class CheckpointSigner {
  readonly #origin: string;
  readonly #key: LogKey;
  readonly #keyId: number;
  readonly #durable: () => DurableTree;
  #latest: SignedCheckpoint | undefined;

  constructor(origin: string, key: LogKey, durable: () => DurableTree) {
    this.#origin = origin;
    this.#key = key;
    this.#keyId = logVerifierKey(origin, key).keyId;
    this.#durable = durable;
  }

  /** The newest checkpoint signed; undefined before the first. */
  get latest(): SignedCheckpoint | undefined {
    return this.#latest;
  }

  /** A checkpoint over all that is durable now. */
  async fresh(): Promise<SignedCheckpoint> {
    const durable = this.#durable();
    if (this.#latest?.size === durable.size) return this.#latest;
    const root = rootOf(durable);
    const text = formatCheckpoint({ origin: this.#origin, size: durable.size, root, extensions: [] });
    const signature: NoteSignature = {
      name: this.#origin,
      keyId: this.#keyId,
      signature: await this.#key.sign(Buffer.from(text, "utf8")),
    };
    const signed = {
      size: durable.size,
      root,
      text,
      note: formatNote({ text, signatures: [signature] }),
      signature,
    };
    // ORDER: two of these may overlap; the larger tree stays the latest.
    if (signed.size >= (this.#latest?.size ?? 0)) this.#latest = signed;
    return signed;
  }
}
