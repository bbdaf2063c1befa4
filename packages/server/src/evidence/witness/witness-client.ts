import { type Clock, isNarrowgateError } from "@narrowgate/kernel";
import {
  formatAddCheckpoint,
  type NoteSignature,
  parseAddCheckpointResponse,
  parseTreeSize,
  type VerifierKey,
  verifyNote,
} from "@narrowgate/tlog";
import type { SignedCheckpoint } from "../checkpoints.ts";
import { verifyEd25519 } from "../verify-ed25519.ts";
import { postText } from "./post-text.ts";

/** A witness as the operator configured it. */
export interface WitnessAddress {
  /** Prefix; `/add-checkpoint` is appended. */
  readonly url: string;
  readonly key: VerifierKey;
}

/** What asking a witness gave. */
export type WitnessOutcome =
  | { readonly kind: "cosigned"; readonly signature: NoteSignature }
  /** It has seen another history of this log, or says so. An operator must look. */
  | { readonly kind: "refused"; readonly status: number }
  /** No good answer; ask again later. */
  | { readonly kind: "unavailable" };

/** How a witness stands. */
export interface WitnessStanding {
  /** Newest head it cosigned since this process runs; undefined when none. */
  readonly cosigned: { readonly size: number; readonly atMs: number } | undefined;
  /** What asking it gave last; undefined before the first answer. */
  readonly last: WitnessOutcome["kind"] | undefined;
}

/** Proves that the tree of `size` leaves begins with the one of `oldSize`. */
export type ProveConsistency = (oldSize: number, size: number) => Promise<readonly Uint8Array[]>;

const LIMITS = { timeoutMs: 5_000, maxBytes: 65_536 };
/** One 409 tells the size; a second means that somebody else was faster. */
const MAX_ATTEMPTS = 3;

/** Asks one witness for cosignatures, remembering how far it has seen. One request at a time is the caller's to keep. */
export class WitnessClient {
  readonly #address: WitnessAddress;
  readonly #prove: ProveConsistency;
  readonly #clock: Clock;
  #seenSize = 0;
  #standing: WitnessStanding = { cosigned: undefined, last: undefined };

  constructor(address: WitnessAddress, prove: ProveConsistency, clock: Clock) {
    this.#address = address;
    this.#prove = prove;
    this.#clock = clock;
  }

  /** Name of the witness's key. */
  get name(): string {
    return this.#address.key.name;
  }

  /** Verifier key, by which it is told from others. */
  get key(): VerifierKey {
    return this.#address.key;
  }

  /** How it stands now. */
  get standing(): WitnessStanding {
    return this.#standing;
  }

  /**
   * Sends a checkpoint. Never rejects because of the witness.
   * Trust: the witness's answer is attacker-controlled; only a signature that verifies counts.
   */
  async submit(checkpoint: SignedCheckpoint): Promise<WitnessOutcome> {
    const outcome = await this.#submit(checkpoint).catch((error: unknown): WitnessOutcome => {
      if (isNarrowgateError(error)) return { kind: "unavailable" };
      throw error;
    });
    const cosigned =
      outcome.kind === "cosigned"
        ? { size: checkpoint.size, atMs: this.#clock.nowMs() }
        : this.#standing.cosigned;
    this.#standing = { cosigned, last: outcome.kind };
    return outcome;
  }

  async #submit(checkpoint: SignedCheckpoint): Promise<WitnessOutcome> {
    const { size, text, signature } = checkpoint;
    const url = new URL(`${this.#address.url.replace(/\/$/, "")}/add-checkpoint`);
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const oldSize = this.#seenSize;
      const proof = await this.#prove(oldSize, size);
      const body = formatAddCheckpoint({ oldSize, proof, note: { text, signatures: [signature] } });
      const answer = await postText(url, body, LIMITS);
      if (answer.status === 200) return this.#accept(checkpoint, answer.body);
      if (answer.status >= 500 || answer.status === 429) return { kind: "unavailable" };
      if (answer.status !== 409) return { kind: "refused", status: answer.status };
      const seenSize = parseTreeSize(answer.body);
      // It has seen more of this log than there is: a rollback of ours, or a lie of its own.
      if (seenSize > size) return { kind: "refused", status: 409 };
      this.#seenSize = seenSize;
    }
    return { kind: "unavailable" };
  }

  async #accept({ size, text }: SignedCheckpoint, body: string): Promise<WitnessOutcome> {
    const { key } = this.#address;
    const signatures = parseAddCheckpointResponse(body).filter(
      ({ name, keyId }) => name === key.name && keyId === key.keyId,
    );
    const [signature] = signatures;
    if (signature === undefined) return { kind: "unavailable" };
    const note = await verifyNote({ text, signatures: [signature] }, [key], verifyEd25519);
    if (note.kind !== "verified" || note.signatures.length === 0) return { kind: "unavailable" };
    this.#seenSize = size;
    return { kind: "cosigned", signature };
  }
}
