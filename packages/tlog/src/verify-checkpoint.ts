import { equalBytes, invariant, isNarrowgateError } from "@narrowgate/kernel";
import { type Checkpoint, parseCheckpoint } from "./checkpoint.ts";
import { parseNote, type SignedNote } from "./signed-note.ts";
import { cosignatureType, type VerifierKey } from "./verifier-key.ts";
import { type VerifiedSignature, type VerifySignature, verifyNote } from "./verify-note.ts";

/** Whose cosignatures count, and how many are needed. */
export interface WitnessPolicy {
  /** Keys of type 0x04, no public key twice. */
  readonly witnesses: readonly VerifierKey[];
  /** 0 to the number of witnesses; 0 asks for none. */
  readonly threshold: number;
}

/** A witness that saw the tree, and when it said so last. */
export interface WitnessedAt {
  readonly name: string;
  readonly keyId: number;
  /** Unix time in seconds, by the witness's clock. */
  readonly time: number;
}

/** First rule a checkpoint broke. */
export type CheckpointFault =
  | "malformed"
  | "wrong_origin"
  | "bad_signature"
  | "no_log_signature"
  | "too_few_witnesses";

/** What verifying a checkpoint gave. */
export type CheckpointOutcome =
  | {
      readonly kind: "verified";
      readonly checkpoint: Checkpoint;
      readonly note: SignedNote;
      readonly witnesses: readonly WitnessedAt[];
    }
  | { readonly kind: "refused"; readonly fault: CheckpointFault };

function checkPolicy(logKey: VerifierKey, { witnesses, threshold }: WitnessPolicy): void {
  invariant(
    witnesses.every((key) => key.type === cosignatureType),
    "a witness key is of type 0x04",
  );
  invariant(
    Number.isInteger(threshold) && threshold >= 0 && threshold <= witnesses.length,
    "the threshold can be met",
  );
  // INVARIANT: one key counts once: a cosignature does not commit to the name it stands under.
  const keys = [logKey, ...witnesses];
  const repeats = keys.some((key, i) =>
    keys.slice(0, i).some((other) => equalBytes(other.publicKey, key.publicKey)),
  );
  invariant(!repeats, "log and witnesses have different public keys");
}

function readCheckpoint(text: string | Uint8Array): { note: SignedNote; checkpoint: Checkpoint } | undefined {
  try {
    const note = parseNote(text);
    return { note, checkpoint: parseCheckpoint(note.text) };
  } catch (error) {
    if (isNarrowgateError(error)) return undefined;
    throw error;
  }
}

/** The latest time of each witness, in the order of the policy. */
function latestTimes(
  witnesses: readonly VerifierKey[],
  signatures: readonly VerifiedSignature[],
): WitnessedAt[] {
  return witnesses.flatMap((key) => {
    const times = signatures.filter((each) => each.key === key).map((each) => each.time ?? 0);
    return times.length === 0 ? [] : [{ name: key.name, keyId: key.keyId, time: Math.max(...times) }];
  });
}

/**
 * Verifies a signed checkpoint: the log's signature, the origin (which must be the log key's name), and as many
 * witnesses as the policy asks for.
 * Trust: `note` is attacker-controlled; key and policy are the operator's. Cosignature times are claims of the
 * witnesses and are not compared with any clock here.
 * @returns the checkpoint with the witnesses that saw it, or the first rule that failed; does not throw on `note`
 * @throws NarrowgateError `internal_error` on a policy that cannot be met, has a key of another type, or repeats one
 * @see C2SP tlog-checkpoint; tlog-cosignature
 */
export async function verifyCheckpoint(
  note: string | Uint8Array,
  logKey: VerifierKey,
  policy: WitnessPolicy,
  verifySignature: VerifySignature,
): Promise<CheckpointOutcome> {
  checkPolicy(logKey, policy);
  const read = readCheckpoint(note);
  if (read === undefined) return { kind: "refused", fault: "malformed" };
  if (read.checkpoint.origin !== logKey.name) return { kind: "refused", fault: "wrong_origin" };
  const outcome = await verifyNote(read.note, [logKey, ...policy.witnesses], verifySignature);
  if (outcome.kind === "refused") return { kind: "refused", fault: "bad_signature" };
  if (!outcome.signatures.some((each) => each.key === logKey)) {
    return { kind: "refused", fault: "no_log_signature" };
  }
  const witnesses = latestTimes(policy.witnesses, outcome.signatures);
  if (witnesses.length < policy.threshold) return { kind: "refused", fault: "too_few_witnesses" };
  return { kind: "verified", ...read, witnesses };
}
