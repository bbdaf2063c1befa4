import { openedMember, type PublicJwk, type ReadStatement, rawSignature } from "@narrowgate/contracts";
import { fromBase64url } from "@narrowgate/kernel";
import { type Entry, type Evidence, entriesOf } from "../evidence.ts";
import { textsOf } from "../json-object.ts";

type Person = Entry<"person">;

/** What the bundle knows of persons: enrolments, passkeys and their ends, in log order. */
export class People {
  readonly #entries: readonly Person[];

  constructor(evidence: Evidence) {
    this.#entries = entriesOf(evidence, "person");
  }

  /** The passkey as it was added; undefined when it never was, or was removed since, alone or with its person. */
  passkey(credential: string, person: string, index: number): Person | undefined {
    const before = this.#entries.filter((entry) => entry.index < index && entry.leaf.body.person === person);
    const last = before.findLast(
      ({ leaf: { body } }) => body.action === "removed" || body.credential === credential,
    );
    return last?.leaf.body.action === "credential_added" ? last : undefined;
  }

  roles(person: string, index: number): readonly string[] {
    const before = this.#entries.filter((entry) => entry.index < index && entry.leaf.body.person === person);
    return before.findLast(({ leaf }) => leaf.body.roles !== undefined)?.leaf.body.roles ?? [];
  }

  /** Whether she was removed before that place. */
  isRemoved(person: string, index: number): boolean {
    return this.#entries.some(
      ({ leaf: { body }, ...entry }) =>
        body.person === person && body.action === "removed" && entry.index < index,
    );
  }

  names(person: string, index: number): readonly string[] {
    const before = this.#entries.filter((entry) => entry.index < index && entry.leaf.body.person === person);
    return before.flatMap(({ openings }) => [
      ...textsOf(openedMember(openings.content, "name")),
      ...textsOf(openedMember(openings.content, "identities")),
    ]);
  }
}

/** Whether a passkey made that signature over a ceremony whose form was checked. */
export function verifyPasskey(
  { crypto }: Evidence,
  jwk: PublicJwk,
  { message, signature }: Pick<ReadStatement, "message" | "signature">,
): boolean | Promise<boolean> {
  if (jwk.kty === "EC") return crypto.verifyEs256(jwk, message, rawSignature(signature));
  return jwk.kty === "OKP" && crypto.verifyEd25519(fromBase64url(jwk.x), message, signature);
}
