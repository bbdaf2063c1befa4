import { type JsonObject, NarrowgateError, toBase64url, utf8 } from "@narrowgate/kernel";
import {
  PASSKEY_ALGORITHMS,
  type RegistrationResponse,
  type RelyingParty,
  verifyRegistration,
} from "../platform/webauthn/index.ts";
import type { People } from "./people.ts";
import type { Passkey, Person } from "./ports.ts";

/** How long a browser waits for the person. */
const CEREMONY_MS = 5 * 60_000;

function unknownCode(): NarrowgateError {
  return new NarrowgateError("join_code_invalid", "the code is wrong, used or expired");
}

function optionsFor(
  { ref, name }: Person,
  challenge: string,
  { rpId }: RelyingParty,
  known: readonly Passkey[],
): JsonObject {
  return {
    challenge,
    rp: { id: rpId, name: "Narrowgate" },
    user: { id: toBase64url(utf8(ref)), name, displayName: name },
    pubKeyCredParams: PASSKEY_ALGORITHMS.map((alg) => ({ type: "public-key", alg })),
    excludeCredentials: known.map(({ id }) => ({ type: "public-key", id })),
    authenticatorSelection: {
      residentKey: "required",
      requireResidentKey: false,
      userVerification: "required",
    },
    attestation: "none",
    timeout: CEREMONY_MS,
  };
}

/** Begins making a passkey: whose it will be, and what the browser is asked. @throws `join_code_invalid` */
export function beginEnrolment(people: People, party: RelyingParty, code: string): JsonObject {
  const begun = people.codes.begin(code);
  const person = begun === undefined ? undefined : people.person(begun.person);
  if (begun === undefined || person === undefined) throw unknownCode();
  const known = people.credentialsOf(person.ref);
  return {
    name: person.name,
    roles: [...person.roles],
    options: optionsFor(person, begun.challenge, party, known),
  };
}

/**
 * Adds the passkey that was made, and uses the code up.
 * Trust: code and response are attacker-controlled.
 * @throws NarrowgateError `join_code_invalid`, `passkey_refused`, `conflict`
 */
export async function finishEnrolment(
  people: People,
  party: RelyingParty,
  { code, response }: { readonly code: string; readonly response: RegistrationResponse },
): Promise<Passkey> {
  const answered = people.codes.answer(code);
  if (answered === undefined) throw unknownCode();
  const { person, challenge } = answered;
  const made = await verifyRegistration(response, { ...party, challenge });
  // ORDER: used up in the turn in which the passkey is added, so that one code adds one.
  if (!people.codes.use(code)) throw unknownCode();
  return people.addPasskey(person, made, party.rpId);
}
