import type { SignedRequest } from "./signed-request.ts";

/** A witness to be asked to cosign checkpoints. */
export interface NewWitness {
  readonly url: string;
  /** Verifier key of the witness. */
  readonly key: string;
}

/** A witness that is asked to cosign checkpoints, and how it stands. */
export interface WitnessView extends NewWitness {
  /** Name in its verifier key. */
  readonly name: string;
  readonly source: "configuration" | "operator";
  /** What asking it gave last, since the server started. */
  readonly last: "cosigned" | "refused" | "unavailable" | "unasked";
  /** Leaves of the newest published head that it has not cosigned. */
  readonly behind: number;
  /** Its newest cosignature since the server started. */
  readonly cosignedSize?: number;
  readonly cosignedAtMs?: number;
}

/** Those who are asked to cosign checkpoints. */
export interface WitnessesPort {
  list(): readonly WitnessView[];
  /** @throws `malformed_input`, `conflict`, `overloaded` */
  add(witness: NewWitness, request: SignedRequest): Promise<void>;
  /** @param name - of the witness, or its verifier key. @throws `not_found`, `conflict` when it stands in the configuration */
  remove(name: string, request: SignedRequest): Promise<NewWitness>;
}
