import { consistencyProof, formatNote, type NoteSignature } from "@narrowgate/tlog";
import { nodeSha256 } from "../../platform/crypto-hash/sha256.ts";
import type { SignedCheckpoint } from "../checkpoints.ts";
import type { Evidence } from "../evidence.ts";
import { durableHashes } from "../tree-edge.ts";
import { type WitnessAddress, WitnessClient, type WitnessOutcome } from "./witness-client.ts";

/** What one round of asking all witnesses gave. */
export interface WitnessRound {
  readonly size: number;
  readonly cosigned: number;
  readonly outcomes: readonly { readonly name: string; readonly outcome: WitnessOutcome }[];
}

/** How the witnesses are asked. */
export interface WitnessingSetup {
  readonly evidence: Evidence;
  readonly witnesses: readonly WitnessAddress[];
  /** Told of each round; a `refused` outcome is for an operator to look at. Must not throw. */
  readonly onRound?: (round: WitnessRound) => void;
}

/**
 * Sends published checkpoints to the witnesses and keeps the cosigned note with the log.
 * One round at a time; checkpoints published meanwhile are merged into the next. A witness that is away is asked again
 * with the next checkpoint, which it can take up from whatever it saw last.
 */
export class Witnessing {
  readonly #setup: WitnessingSetup;
  readonly #clients: readonly WitnessClient[];
  #next: SignedCheckpoint | undefined;
  #running: Promise<void> | null = null;

  constructor(setup: WitnessingSetup) {
    this.#setup = setup;
    const { evidence } = setup;
    const prove = (oldSize: number, size: number): Promise<readonly Uint8Array[]> =>
      consistencyProof(nodeSha256, oldSize, size, durableHashes(evidence.store, evidence.edge, size));
    this.#clients = setup.witnesses.map((address) => new WitnessClient(address, prove));
    evidence.publisher.onPublished((checkpoint) => this.#take(checkpoint));
    const { published } = evidence.publisher;
    if (published !== undefined) this.#take(published);
  }

  /** Resolves when no round is running or waiting. */
  async settled(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  #take(checkpoint: SignedCheckpoint): void {
    if (this.#clients.length === 0) return;
    this.#next = checkpoint;
    this.#running ??= this.#drain();
  }

  async #drain(): Promise<void> {
    for (let checkpoint = this.#next; checkpoint !== undefined; checkpoint = this.#next) {
      this.#next = undefined;
      // A store that fails has stopped the writer already; a round has nothing to add to that.
      await this.#round(checkpoint).catch(() => undefined);
    }
    this.#running = null;
  }

  async #round(checkpoint: SignedCheckpoint): Promise<void> {
    const outcomes = await Promise.all(
      this.#clients.map(async (client) => ({ name: client.name, outcome: await client.submit(checkpoint) })),
    );
    const cosignatures: NoteSignature[] = outcomes.flatMap(({ outcome }) =>
      outcome.kind === "cosigned" ? [outcome.signature] : [],
    );
    if (cosignatures.length > 0) {
      const note = formatNote({ text: checkpoint.text, signatures: [checkpoint.signature, ...cosignatures] });
      await this.#setup.evidence.publisher.keepWitnessed(checkpoint.size, note);
    }
    this.#setup.onRound?.({ size: checkpoint.size, cosigned: cosignatures.length, outcomes });
  }
}
