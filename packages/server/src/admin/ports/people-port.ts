import type { Role } from "@narrowgate/contracts";
import type { SignedRequest } from "./signed-request.ts";

/** A person as others may see her. */
export interface PersonView {
  readonly ref: string;
  readonly name: string;
  readonly roles: readonly Role[];
  /** `<issuer>#<sub>`. */
  readonly identities: readonly string[];
  readonly enrolledAtMs: number;
}

/** A passkey as others may see it. */
export interface PasskeyView {
  /** Digest of the credential id. */
  readonly digest: string;
  readonly rpId: string;
  readonly authenticator: string;
  readonly addedAtMs: number;
}

/** A person and a one-time code by which she makes a passkey. */
export interface InvitationView {
  readonly person: PersonView;
  readonly code: string;
  readonly expiresAtMs: number;
}

/** The people room. */
export interface PeoplePort {
  list(): readonly PersonView[];
  person(ref: string): PersonView | undefined;
  credentialsOf(ref: string): readonly PasskeyView[];
  /** @throws `conflict` */
  invite(
    asked: {
      readonly name: string;
      readonly roles: readonly Role[];
      readonly identities: readonly string[];
    },
    by: SignedRequest,
  ): Promise<InvitationView>;
  /** @throws `not_found` */
  inviteAgain(ref: string, by: SignedRequest): Promise<InvitationView>;
  /** @throws `not_found`, `conflict` */
  change(
    ref: string,
    to: { readonly roles?: readonly Role[]; readonly identities?: readonly string[] },
    by: SignedRequest,
  ): Promise<PersonView>;
  /** @throws `not_found` */
  remove(ref: string, by: SignedRequest): Promise<void>;
  /** @param id - digest of the credential id. @throws `not_found` */
  removePasskey(ref: string, id: string, by: SignedRequest): Promise<void>;
}
