import type { Role } from "@narrowgate/contracts";
import type { Passkey, PeopleReader, Person } from "./ports.ts";

/** Who there is, by ref, identity and passkey. */
export class PeopleTable implements PeopleReader {
  readonly #people = new Map<string, Person>();
  readonly #refByIdentity = new Map<string, string>();
  readonly #passkeys = new Map<string, Passkey>();
  readonly #idsByPerson = new Map<string, Set<string>>();

  person(ref: string): Person | undefined {
    return this.#people.get(ref);
  }

  byIdentity(identity: string): Person | undefined {
    return this.#people.get(this.#refByIdentity.get(identity) ?? "");
  }

  credential(id: string): Passkey | undefined {
    return this.#passkeys.get(id);
  }

  credentialsOf(ref: string): readonly Passkey[] {
    const ids = [...(this.#idsByPerson.get(ref) ?? [])];
    return ids.flatMap((id) => this.#passkeys.get(id) ?? []);
  }

  hasRole(ref: string, role: Role): boolean {
    return this.#people.get(ref)?.roles.includes(role) === true;
  }

  list(): readonly Person[] {
    return [...this.#people.values()];
  }

  put(person: Person): void {
    for (const identity of this.#people.get(person.ref)?.identities ?? [])
      this.#refByIdentity.delete(identity);
    this.#people.set(person.ref, person);
    for (const identity of person.identities) this.#refByIdentity.set(identity, person.ref);
  }

  putPasskey(passkey: Passkey): void {
    this.#passkeys.set(passkey.id, passkey);
    const ids = this.#idsByPerson.get(passkey.person) ?? new Set();
    this.#idsByPerson.set(passkey.person, ids.add(passkey.id));
  }

  dropPasskey({ id, person }: Passkey): void {
    this.#passkeys.delete(id);
    this.#idsByPerson.get(person)?.delete(id);
  }

  drop({ ref, identities }: Person): void {
    for (const passkey of this.credentialsOf(ref)) this.dropPasskey(passkey);
    this.#idsByPerson.delete(ref);
    for (const identity of identities) this.#refByIdentity.delete(identity);
    this.#people.delete(ref);
  }
}
