import { type Clock, systemClock } from "@narrowgate/kernel";
import { consistencyProof, formatNote, type NoteSignature, type VerifierKey } from "@narrowgate/tlog";
import { nodeSha256 } from "../../platform/crypto-hash/sha256.ts";
import type { SignedCheckpoint } from "../checkpoints.ts";
import type { Evidence } from "../evidence.ts";
import { durableHashes } from "../tree-edge.ts";
import {
  type ProveConsistency,
  type WitnessAddress,
  WitnessClient,
  type WitnessOutcome,
  type WitnessStanding,
} from "./witness-client.ts";

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
  /** After how long a witness that was away is asked again, should the log not grow before; default 30 s. */
  readonly retryMs?: number;
  /** Tells when a witness was heard of last; default the system's. */
  readonly clock?: Clock;
  /** Told of each round; a `refused` outcome is for an operator to look at. Must not throw. */
  readonly onRound?: (round: WitnessRound) => void;
}

/**
 * Sends published checkpoints to the witnesses and keeps the cosigned note with the log.
 * One round at a time; checkpoints published meanwhile are merged into the next. A witness that is away is asked again
 * with the next checkpoint or after a while; it takes up from whatever it saw last.
 */
export class Witnessing {
  readonly #setup: WitnessingSetup;
  #clients: readonly WitnessClient[];
  readonly #prove: ProveConsistency;
  readonly #clock: Clock;
  #next: SignedCheckpoint | undefined;
  #running: Promise<void> | null = null;
  #retry: NodeJS.Timeout | undefined;
  #collected: { readonly size: number; readonly byWitness: Map<string, NoteSignature> } = {
    size: -1,
    byWitness: new Map(),
  };

  constructor(setup: WitnessingSetup) {
    this.#setup = setup;
    const { evidence } = setup;
    const prove = (oldSize: number, size: number): Promise<readonly Uint8Array[]> =>
      consistencyProof(nodeSha256, oldSize, size, durableHashes(evidence.store, evidence.edge, size));
    this.#prove = prove;
    this.#clock = setup.clock ?? systemClock;
    this.#clients = setup.witnesses.map((address) => new WitnessClient(address, prove, this.#clock));
    evidence.publisher.onPublished((checkpoint) => this.#take(checkpoint));
    const { published } = evidence.publisher;
    if (published !== undefined) this.#take(published);
  }

  /** Asks one more witness from now on, beginning with the newest checkpoint. */
  add(address: WitnessAddress): void {
    this.#clients = [...this.#clients, new WitnessClient(address, this.#prove, this.#clock)];
    const { published } = this.#setup.evidence.publisher;
    if (published !== undefined) this.#take(published);
  }

  /** Asks a witness no more. A round under way may still bring its cosignature. */
  remove({ name, keyId }: VerifierKey): void {
    this.#clients = this.#clients.filter(({ key }) => key.name !== name || key.keyId !== keyId);
  }

  /** How a witness stands; undefined when it is not asked. */
  standing({ name, keyId }: VerifierKey): WitnessStanding | undefined {
    return this.#clients.find(({ key }) => key.name === name && key.keyId === keyId)?.standing;
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
    // ORDER: before asking, so that no older checkpoint is sent after this one.
    clearTimeout(this.#retry);
    const outcomes = await Promise.all(
      this.#clients.map(async (client) => ({ name: client.name, outcome: await client.submit(checkpoint) })),
    );
    // A witness that cosigned this head in an earlier round and is away now still counts.
    if (this.#collected.size !== checkpoint.size)
      this.#collected = { size: checkpoint.size, byWitness: new Map() };
    const { byWitness } = this.#collected;
    for (const { name, outcome } of outcomes) {
      if (outcome.kind === "cosigned") byWitness.set(name, outcome.signature);
    }
    if (byWitness.size > 0) {
      const signatures = [checkpoint.signature, ...byWitness.values()];
      const note = formatNote({ text: checkpoint.text, signatures });
      await this.#setup.evidence.publisher.keepWitnessed(checkpoint.size, note);
    }
    if (outcomes.some(({ outcome }) => outcome.kind === "unavailable")) this.#takeLater(checkpoint);
    this.#setup.onRound?.({ size: checkpoint.size, cosigned: byWitness.size, outcomes });
  }

  #takeLater(checkpoint: SignedCheckpoint): void {
    this.#retry = setTimeout(() => this.#take(checkpoint), this.#setup.retryMs ?? 30_000);
    this.#retry.unref();
  }
}
