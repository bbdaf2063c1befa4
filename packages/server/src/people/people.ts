import type { LeafDraft, PersonBody, Role, StateChange } from "@narrowgate/contracts";
import { fromBase64url, type JsonObject, NarrowgateError, randomId } from "@narrowgate/kernel";
import { sha256Base64url } from "../platform/crypto-hash/sha256.ts";
import type { RegisteredPasskey } from "../platform/webauthn/index.ts";
import { type EnrolmentCode, EnrolmentCodes } from "./enrolment-codes.ts";
import { PeopleTable } from "./people-table.ts";
import type { Passkey, PeoplePorts, PeopleReader, Person, SignedRequest } from "./ports.ts";
import { CREDENTIAL_ROOM, formatPasskey, formatPerson, loadPeople, PERSON_ROOM } from "./stored-people.ts";

/** Who is to be enrolled. */
export interface NewPerson {
  readonly name: string;
  readonly roles: readonly Role[];
  /** `<issuer>#<sub>`. */
  readonly identities: readonly string[];
}

/** A person, and the code by which she makes a passkey. */
export interface Invitation extends EnrolmentCode {
  readonly person: Person;
}

/** Who a provider says signed in. */
export interface ProviderPerson {
  readonly issuer: string;
  /** `<issuer>#<sub>`. */
  readonly identity: string;
  /** Roles that follow from what the provider states. */
  readonly roles: readonly Role[];
  readonly name: string;
  /** Whether somebody with a role is enrolled when first seen. */
  readonly enrols: boolean;
}

/** Passkeys of one person: enough for every device, and no more. */
const MAX_PASSKEYS = 16;

/** People, their roles, linked accounts and passkeys. */
export interface People extends PeopleReader {
  /** Codes that are outstanding. */
  readonly codes: EnrolmentCodes;
  /** Enrols a person. @throws `conflict` when an identity is another person's */
  invite(asked: NewPerson, by: SignedRequest): Promise<Invitation>;
  /** Lets a person make a further passkey; this stands in the evidence. @throws `not_found` */
  inviteAgain(ref: string, by: SignedRequest): Promise<Invitation>;
  /** Gives a person other roles or identities. @throws `not_found`, `conflict` */
  change(ref: string, to: Partial<Omit<NewPerson, "name">>, by: SignedRequest): Promise<Person>;
  /**
   * Lets in who signed in at a provider, with the roles it states now in place of those it stated before. What changes is
   * the gate's word: no operator signed it. @throws `sign_in_refused` when the account is nobody's here
   */
  admit(who: ProviderPerson): Promise<Person>;
  /** Removes a person with all her passkeys. @throws `not_found` */
  remove(ref: string, by: SignedRequest): Promise<void>;
  /**
   * Removes one passkey. @param id - credential id, or its digest; @param by - absent where she did it herself, signed in
   * @throws `not_found`
   */
  removePasskey(ref: string, id: string, by?: SignedRequest): Promise<void>;
  /** Adds a passkey that was verified. @throws `not_found`, `conflict` */
  addPasskey(ref: string, made: RegisteredPasskey, rpId: string): Promise<Passkey>;
  /**
   * Keeps the counter of a passkey that was used and verified; in memory from this turn on.
   * @returns what is to be recorded with what the use is for; undefined when the counter did not rise, where there is one:
   * then there is a copy of the passkey, and the use does not count
   */
  countUse(id: string, signCount: number): readonly StateChange[] | undefined;
  /** Is told of each person that was removed, in that turn. */
  onRemoved(listener: (ref: string) => void): void;
}

/** How evidence names a credential: the digest of its id. @param id - base64url */
export function credentialDigest(id: string): string {
  return sha256Base64url(fromBase64url(id));
}

function personLeaf(
  action: "enrolled" | "changed" | "removed",
  { ref, name, roles, identities, entry }: Person,
  by: SignedRequest | undefined,
): LeafDraft {
  const operator = by === undefined ? {} : { operator: by.operator };
  const body: PersonBody = { action, person: ref, roles, ...operator };
  return {
    type: "person",
    id: entry,
    body: { ...body },
    ...(by === undefined ? {} : { proof: { request: by.jws } }),
    content: { name, ...(identities.length === 0 ? {} : { identities: [...identities] }) },
  };
}

/** What operators gave and providers state, together. */
function withRoles(person: Omit<Person, "roles">): Person {
  return { ...person, roles: sortedSet([...person.given, ...Object.values(person.claimed).flat()]) };
}

const sortedSet = <T extends string>(items: readonly T[]): readonly T[] => [...new Set(items)].sort();

/** What issuers state of accounts that are still linked. */
function claimedBy(claimed: Person["claimed"], identities: readonly string[]): Person["claimed"] {
  return Object.fromEntries(
    Object.entries(claimed).filter(
      ([issuer, roles]) =>
        roles.length > 0 && identities.some((identity) => identity.startsWith(`${issuer}#`)),
    ),
  );
}

function sameRoles(a: readonly Role[] = [], b: readonly Role[] = []): boolean {
  return a.join() === b.join();
}

class PeopleRoom extends PeopleTable implements People {
  readonly codes: EnrolmentCodes;
  readonly #ports: PeoplePorts;
  readonly #removalListeners: ((ref: string) => void)[] = [];

  constructor(ports: PeoplePorts) {
    super();
    this.#ports = ports;
    this.codes = new EnrolmentCodes(ports.clock);
  }

  async invite({ name, roles, identities }: NewPerson, by: SignedRequest): Promise<Invitation> {
    const person = this.#fresh({
      name,
      given: sortedSet(roles),
      claimed: {},
      identities: sortedSet(identities),
    });
    this.#refuseTaken(person);
    await this.#record("enrolled", person, by);
    return { person, ...this.codes.issue(person.ref) };
  }

  async inviteAgain(ref: string, by: SignedRequest): Promise<Invitation> {
    const person = await this.change(ref, {}, by);
    return { person, ...this.codes.issue(ref) };
  }

  async change(
    ref: string,
    { roles, identities }: Partial<Omit<NewPerson, "name">>,
    by: SignedRequest,
  ): Promise<Person> {
    const before = this.#known(ref);
    const linked = sortedSet(identities ?? before.identities);
    const person = withRoles({
      ...before,
      given: sortedSet(roles ?? before.given),
      claimed: claimedBy(before.claimed, linked),
      identities: linked,
      former: sortedSet([...before.former, ...before.identities].filter((one) => !linked.includes(one))),
      entry: randomId(),
    });
    this.#refuseTaken(person);
    await this.#record("changed", person, by);
    return person;
  }

  async admit({ issuer, identity, roles, name, enrols }: ProviderPerson): Promise<Person> {
    const before = this.byIdentity(identity);
    if (before === undefined) {
      if (!enrols || roles.length === 0)
        throw new NarrowgateError("sign_in_refused", "this account is nobody's here; ask an operator");
      const claimed = { [issuer]: roles };
      const person = this.#fresh({ name, given: [], claimed, identities: [identity] });
      await this.#record("enrolled", person, undefined);
      return person;
    }
    const claimed = claimedBy({ ...before.claimed, [issuer]: sortedSet(roles) }, before.identities);
    if (sameRoles(claimed[issuer], before.claimed[issuer])) return before;
    const person = withRoles({ ...before, claimed, entry: randomId() });
    await this.#record("changed", person, undefined);
    return person;
  }

  async remove(ref: string, by: SignedRequest): Promise<void> {
    const person = { ...this.#known(ref), entry: randomId() };
    const passkeys = this.credentialsOf(ref);
    const { durable } = this.#ports.evidence.record(
      [personLeaf("removed", person, by)],
      [
        { room: PERSON_ROOM, key: ref, value: null },
        ...passkeys.map(({ digest }) => ({ room: CREDENTIAL_ROOM, key: digest, value: null })),
      ],
    );
    this.codes.end(ref);
    this.drop(person);
    for (const listener of this.#removalListeners) listener(ref);
    await durable;
  }

  async removePasskey(ref: string, id: string, by?: SignedRequest): Promise<void> {
    this.#known(ref);
    const passkey = this.credentialsOf(ref).find((own) => own.id === id || own.digest === id);
    if (passkey === undefined) throw new NarrowgateError("not_found", "this person has no such passkey");
    const operator = by === undefined ? {} : { operator: by.operator };
    const body: PersonBody = {
      action: "credential_removed",
      person: ref,
      credential: passkey.digest,
      ...operator,
    };
    const proof = by === undefined ? {} : { proof: { request: by.jws } };
    const { durable } = this.#ports.evidence.record(
      [{ type: "person", body: { ...body }, ...proof }],
      [{ room: CREDENTIAL_ROOM, key: passkey.digest, value: null }],
    );
    this.dropPasskey(passkey);
    await durable;
  }

  async addPasskey(ref: string, made: RegisteredPasskey, rpId: string): Promise<Passkey> {
    this.#known(ref);
    if (this.credential(made.id) !== undefined)
      throw new NarrowgateError("conflict", "this passkey is enrolled already");
    if (this.credentialsOf(ref).length >= MAX_PASSKEYS)
      throw new NarrowgateError("conflict", `a person has at most ${MAX_PASSKEYS} passkeys; remove one`);
    const stamps = {
      digest: credentialDigest(made.id),
      entry: randomId(),
      addedAtMs: this.#ports.clock.nowMs(),
    };
    const passkey: Passkey = { ...made, ...stamps, person: ref, rpId };
    const { durable } = this.#ports.evidence.record([addedLeaf(passkey)], [passkeyRow(passkey)]);
    this.putPasskey(passkey);
    await durable;
    return passkey;
  }

  countUse(id: string, signCount: number): readonly StateChange[] | undefined {
    const passkey = this.credential(id);
    if (passkey === undefined) return undefined;
    const hasCounter = signCount > 0 || passkey.signCount > 0;
    if (!hasCounter) return [];
    if (signCount <= passkey.signCount) return undefined;
    const used = { ...passkey, signCount };
    this.putPasskey(used);
    return [passkeyRow(used)];
  }

  onRemoved(listener: (ref: string) => void): void {
    this.#removalListeners.push(listener);
  }

  #fresh(person: Pick<Person, "name" | "given" | "claimed" | "identities">): Person {
    const stamps = { ref: randomId(), entry: randomId(), enrolledAtMs: this.#ports.clock.nowMs() };
    return withRoles({ ...person, former: [], ...stamps });
  }

  #known(ref: string): Person {
    const person = this.person(ref);
    if (person === undefined) throw new NarrowgateError("not_found", "there is no such person");
    return person;
  }

  #refuseTaken({ ref, identities }: Person): void {
    const taken = identities.some((identity) => {
      const other = this.byIdentity(identity);
      return other !== undefined && other.ref !== ref;
    });
    if (taken) throw new NarrowgateError("conflict", "an identity is linked to another person already");
  }

  async #record(
    action: "enrolled" | "changed",
    person: Person,
    by: SignedRequest | undefined,
  ): Promise<void> {
    const { durable } = this.#ports.evidence.record(
      [personLeaf(action, person, by)],
      [{ room: PERSON_ROOM, key: person.ref, value: formatPerson(person) }],
    );
    // ORDER: in memory from the turn it is queued: what she does next stands behind it in the log.
    this.put(person);
    await durable;
  }
}

function addedLeaf({ person, digest, authenticator, jwk, rpId, entry }: Passkey): LeafDraft {
  const body: PersonBody = { action: "credential_added", person, credential: digest, authenticator };
  const key: JsonObject = { ...jwk };
  return { type: "person", id: entry, body: { ...body }, content: { jwk: key, rp_id: rpId } };
}

function passkeyRow(passkey: Passkey): StateChange {
  return { room: CREDENTIAL_ROOM, key: passkey.digest, value: formatPasskey(passkey) };
}

/**
 * Opens the room: who is enrolled is read before the first request is served.
 * @throws NarrowgateError `malformed_input` when a stored row is not what we wrote
 */
export async function openPeople(ports: PeoplePorts): Promise<People> {
  const room = new PeopleRoom(ports);
  const { people, passkeys } = await loadPeople(ports.state);
  for (const person of people) room.put(person);
  for (const passkey of passkeys) room.putPasskey(passkey);
  return room;
}
