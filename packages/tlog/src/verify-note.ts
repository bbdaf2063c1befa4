import { isNarrowgateError, utf8 } from "@narrowgate/kernel";
import { type Cosignature, cosignatureMessage, decodeCosignature } from "./cosignature.ts";
import type { NoteSignature, SignedNote } from "./signed-note.ts";
import { ed25519Type, type VerifierKey } from "./verifier-key.ts";

/** Verifies an Ed25519 signature; must answer false, not throw, on a signature that does not fit. */
export type VerifySignature = (
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
) => boolean | Promise<boolean>;

/** A signature that a known key made. */
export interface VerifiedSignature {
  readonly key: VerifierKey;
  /** Unix time in seconds, for a cosignature. */
  readonly time?: number;
}

/** What verifying the signatures of a note gave. */
export type NoteOutcome =
  | { readonly kind: "verified"; readonly signatures: readonly VerifiedSignature[] }
  | { readonly kind: "refused"; readonly name: string };

function readCosignature(blob: Uint8Array): Cosignature | undefined {
  try {
    return decodeCosignature(blob);
  } catch (error) {
    if (isNarrowgateError(error)) return undefined;
    throw error;
  }
}

async function verifyOne(
  text: string,
  { signature }: NoteSignature,
  key: VerifierKey,
  verifySignature: VerifySignature,
): Promise<VerifiedSignature | undefined> {
  if (key.type === ed25519Type) {
    if (signature.length !== 64) return undefined;
    return (await verifySignature(key.publicKey, utf8(text), signature)) ? { key } : undefined;
  }
  const cosignature = readCosignature(signature);
  // A time of zero says nothing about when the cosigner saw the tree (C2SP tlog-cosignature).
  if (cosignature === undefined || cosignature.time === 0) return undefined;
  const message = cosignatureMessage(cosignature.time, text);
  const good = await verifySignature(key.publicKey, message, cosignature.signature);
  return good ? { key, time: cosignature.time } : undefined;
}

/**
 * Verifies every signature of a note that names a known key. Signatures of unknown keys are passed over; one bad
 * signature of a known key refuses the whole note.
 * Trust: `note` is attacker-controlled, `keys` are the caller's. `verified` may come with no signature at all.
 * @returns the good signatures in the order of the note, or the key name of the first bad one
 * @see C2SP signed-note, Signatures
 */
export async function verifyNote(
  note: SignedNote,
  keys: readonly VerifierKey[],
  verifySignature: VerifySignature,
): Promise<NoteOutcome> {
  const signatures: VerifiedSignature[] = [];
  for (const line of note.signatures) {
    for (const key of keys.filter((each) => each.name === line.name && each.keyId === line.keyId)) {
      const verified = await verifyOne(note.text, line, key, verifySignature);
      if (verified === undefined) return { kind: "refused", name: line.name };
      signatures.push(verified);
    }
  }
  return { kind: "verified", signatures };
}
