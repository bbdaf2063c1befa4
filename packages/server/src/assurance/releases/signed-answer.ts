import { isNarrowgateError, type JsonValue, NarrowgateError } from "@narrowgate/kernel";
import { type PageSignature, signCountOf } from "../../platform/webauthn/index.ts";
import type { Signer, Signers } from "./ports.ts";
import type { ReleaseRoom } from "./room.ts";
import type { StoredProposal } from "./stored-proposal.ts";

/** What a person answered. Attacker-controlled. */
export interface Answer {
  readonly handle: string;
  /** Credential id, base64url. */
  readonly credential: string;
  readonly signed: JsonValue;
}

/** A refusal to take somebody's signature. */
export function notEligible(message: string): NarrowgateError {
  return new NarrowgateError("signer_not_eligible", message);
}

/** A refusal of what was signed. */
export function invalid(message: string): NarrowgateError {
  return new NarrowgateError("approval_invalid", message);
}

type SigningKey = NonNullable<ReturnType<Signers["credential"]>>;

/** Whose passkey it is. @throws `approval_invalid` */
export function signerOf(
  { ports }: ReleaseRoom,
  credential: string,
): { readonly signer: Signer; readonly key: SigningKey } {
  const key = ports.signers.credential(credential);
  const signer = key === undefined ? undefined : ports.signers.person(key.person);
  if (key === undefined || signer === undefined) throw invalid("this passkey is not enrolled here");
  if (key.rpId !== ports.place?.rpId) throw invalid("this passkey was not enrolled for this page");
  return { signer, key };
}

/**
 * Counts a use of the passkey; what it gives belongs into the commit of the answer.
 * @throws NarrowgateError `approval_invalid` when its counter did not rise
 */
export function countUse(
  { ports }: ReleaseRoom,
  { credential }: Answer,
  ceremony: PageSignature,
): NonNullable<ReturnType<Signers["countUse"]>> {
  const counted = ports.signers.countUse(credential, signCountOf(ceremony));
  if (counted === undefined) throw invalid("there is a copy of this passkey; tell your operator");
  return counted;
}

/** Checks what a person may sign; where it refuses, that she did sign is put on record. */
export function refusedOf<T>(
  { ports }: ReleaseRoom,
  { id }: StoredProposal,
  signer: Signer,
  check: () => T,
): T {
  try {
    return check();
  } catch (cause) {
    if (isNarrowgateError(cause))
      ports.refused({ proposal: id, person: signer.ref, reason: cause.publicMessage });
    throw cause;
  }
}
