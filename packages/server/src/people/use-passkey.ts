import type { EvidenceSink } from "@narrowgate/contracts";
import {
  fromBase64url,
  isNarrowgateError,
  type JsonObject,
  NarrowgateError,
  parseStrictJson,
} from "@narrowgate/kernel";
import { type AssertionResponse, type RelyingParty, verifySignIn } from "../platform/webauthn/index.ts";
import type { OpenOnce } from "./open-once.ts";
import type { People } from "./people.ts";
import type { Passkey } from "./ports.ts";

/** How long a browser waits for the person. */
export const CEREMONY_MS: number = 5 * 60_000;

/** What ceremonies with passkeys stand on. */
export interface PasskeyCeremonies {
  readonly people: People;
  readonly evidence: EvidenceSink;
  readonly party: RelyingParty;
  /** Open challenges; whose passkey is to answer, where that is known. */
  readonly open: OpenOnce<{ readonly person?: string }>;
}

function refuse(why: string): never {
  throw new NarrowgateError("passkey_refused", why);
}

/** Begins a ceremony: what the browser is asked. @param person - ref of whose passkey is to answer; absent: anybody's */
export function beginUse({ people, party, open }: PasskeyCeremonies, person?: string): JsonObject {
  const known = person === undefined ? [] : people.credentialsOf(person);
  return {
    challenge: open.begin(person === undefined ? {} : { person }),
    rpId: party.rpId,
    allowCredentials: known.map(({ id }) => ({ type: "public-key", id })),
    userVerification: "required",
    timeout: CEREMONY_MS,
  };
}

function challengeOf(clientData: string): string {
  try {
    const value = parseStrictJson(fromBase64url(clientData), { maxBytes: 8192, maxDepth: 8 });
    const challenge: unknown = Reflect.get(Object(value), "challenge");
    return typeof challenge === "string" ? challenge : refuse("the ceremony holds no challenge");
  } catch (error) {
    if (isNarrowgateError(error) && error.code === "passkey_refused") throw error;
    return refuse("the ceremony is malformed");
  }
}

/**
 * Finishes a ceremony: whose passkey it was. A challenge is answered once, right or wrong.
 * Trust: `response` is attacker-controlled.
 * @param person - as it was begun
 * @throws NarrowgateError `passkey_refused`
 */
export async function finishUse(
  { people, evidence, party, open }: PasskeyCeremonies,
  response: AssertionResponse,
  person?: string,
): Promise<Passkey> {
  const challenge = challengeOf(response.clientData);
  const begun = open.take(challenge);
  // What was begun for one person to step up signs nobody in, nor the other way round.
  if (begun === undefined || begun.person !== person)
    refuse("this was begun too long ago, or answered before; try again");
  const passkey = people.credential(response.id);
  // The same words for a passkey nobody has and for another person's.
  if (passkey === undefined || (person ?? passkey.person) !== passkey.person)
    refuse("this passkey is not enrolled here");
  const signCount = await verifySignIn(response, passkey, { ...party, challenge });
  // ORDER: asked anew after the wait: the passkey or its person may be gone, or used elsewhere.
  const changes = people.countUse(passkey.id, signCount);
  if (changes === undefined) refuse("this passkey is not enrolled here any more, or there is a copy of it");
  if (changes.length > 0) await evidence.record([], changes).durable;
  return passkey;
}
