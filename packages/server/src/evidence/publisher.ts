import { canonicalJson } from "@narrowgate/kernel";
import type { AnchorFile } from "./anchor.ts";
import { anchorOf, type CheckpointSigner, type SignedCheckpoint } from "./checkpoints.ts";
import { ROOM_CHECKPOINT } from "./rooms.ts";
import type { Sequencer } from "./sequencer.ts";

/** What the publisher is made of. */
export interface PublisherParts {
  readonly signer: CheckpointSigner;
  readonly sequencer: Sequencer;
  readonly anchor: AnchorFile;
  readonly origin: string;
  readonly everyMs: number;
}

/** Told of each published checkpoint; a witness client goes on from here. Must not throw. */
export type OnPublished = (checkpoint: SignedCheckpoint) => void;

/**
 * Publishes checkpoints: at most one a period when the log has grown, and on demand.
 *
 * The order, and what a crash leaves behind:
 * 6. *signed* over what is durable. If we crash here, the next start signs the same text.
 * 7. *kept* in the store. If we crash here, nobody has seen it.
 * 8. *anchored* outside the store. If we crash before, the next start finds the anchor behind the store and goes on.
 * 9. *published*: served, and sent to witnesses. INVARIANT: nobody outside sees a head that the anchor does not know.
 */
export class Publisher {
  readonly #parts: PublisherParts;
  readonly #timer: NodeJS.Timeout;
  readonly #listeners: OnPublished[] = [];
  #published: SignedCheckpoint | undefined;
  #running: Promise<SignedCheckpoint> | null = null;
  /** Newest note that witnesses have cosigned, with their lines. */
  #witnessed: { readonly size: number; readonly note: string } | undefined;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => {
      const { size } = parts.sequencer.durable;
      // A failed publication is tried again next time; the log itself does not wait for it.
      if (size > (this.#published?.size ?? 0)) this.publish().catch(() => undefined);
    }, parts.everyMs);
    this.#timer.unref();
  }

  /** The checkpoint published last. */
  get published(): SignedCheckpoint | undefined {
    return this.#published;
  }

  /** The newest note with cosignatures. */
  get witnessed(): { readonly size: number; readonly note: string } | undefined {
    return this.#witnessed;
  }

  /** Asks to be told of each published checkpoint. */
  onPublished(listener: OnPublished): void {
    this.#listeners.push(listener);
  }

  /** Publishes a checkpoint over all that is durable now. @throws `evidence_unavailable`, file system errors */
  async publish(): Promise<SignedCheckpoint> {
    while (this.#running !== null) await this.#running.catch(() => undefined);
    if (this.#published?.size === this.#parts.sequencer.durable.size) return this.#published;
    this.#running = this.#publish();
    try {
      return await this.#running;
    } finally {
      this.#running = null;
    }
  }

  /** Keeps a note with cosignatures; the larger tree wins. @throws `evidence_unavailable` */
  async keepWitnessed(size: number, note: string): Promise<void> {
    if (size < (this.#witnessed?.size ?? 0)) return;
    this.#witnessed = { size, note };
    await this.#keep("witnessed", { size, note });
  }

  /** Takes up the witnessed note of an earlier run. */
  restoreWitnessed(witnessed: { readonly size: number; readonly note: string }): void {
    this.#witnessed = witnessed;
  }

  /** Publishes for the last time. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#parts.sequencer.flush().catch(() => undefined);
    await this.publish().catch(() => undefined);
  }

  async #publish(): Promise<SignedCheckpoint> {
    const { signer, sequencer, anchor, origin } = this.#parts;
    const { durable } = sequencer;
    // 6 signed
    const checkpoint = await signer.fresh();
    // 7 kept
    await this.#keep("latest", { size: checkpoint.size, note: checkpoint.note });
    // 8 anchored; the durable tree may be larger by now, which is as good
    await anchor.write(anchorOf(origin, durable.size < checkpoint.size ? sequencer.durable : durable));
    // 9 published
    if (checkpoint.size >= (this.#published?.size ?? 0)) this.#published = checkpoint;
    for (const listener of this.#listeners) listener(checkpoint);
    return checkpoint;
  }

  async #keep(key: string, value: { size: number; note: string }): Promise<void> {
    await this.#parts.sequencer.append([], [{ room: ROOM_CHECKPOINT, key, value: canonicalJson(value) }], [])
      .durable;
  }
}
