import type { EvidenceSink, PublicJwk, Role, StateReader } from "@narrowgate/contracts";
import type { Clock } from "@narrowgate/kernel";

/** What the people room needs; supplied by compose. */
export interface PeoplePorts {
  readonly clock: Clock;
  readonly evidence: EvidenceSink;
  readonly state: StateReader;
}

/** A request of an operator whose signature was verified. */
export interface SignedRequest {
  /** Ref of the operator. */
  readonly operator: string;
  /** The exact compact JWS: what goes into the evidence. */
  readonly jws: string;
}

/** A person as other rooms see her. */
export interface Person {
  /** Random id used in evidence; never reissued. */
  readonly ref: string;
  readonly name: string;
  /** Roles she has, sorted: those that operators gave and those that providers state. */
  readonly roles: readonly Role[];
  /** Roles that operators gave. */
  readonly given: readonly Role[];
  /** Roles that providers stated when she last signed in there, by issuer. */
  readonly claimed: Readonly<Record<string, readonly Role[]>>;
  /** `<issuer>#<sub>`, sorted: accounts that are all this one person. */
  readonly identities: readonly string[];
  /** Accounts that were hers once, sorted: what she answered for does not become a stranger's by unlinking it. */
  readonly former: readonly string[];
  /** Leaf that says what stands here. */
  readonly entry: string;
  /** Unix milliseconds. */
  readonly enrolledAtMs: number;
}

/** A passkey of a person. */
export interface Passkey {
  /** Credential id, base64url. */
  readonly id: string;
  /** Ref of the person. */
  readonly person: string;
  readonly jwk: PublicJwk;
  /** Highest signature counter seen; 0 where the authenticator has none. */
  readonly signCount: number;
  /** Host name it is bound to. */
  readonly rpId: string;
  /** `virtual`, `unknown`, or the AAGUID of the authenticator's model. */
  readonly authenticator: string;
  /** Digest of the credential id, as evidence names it. */
  readonly digest: string;
  /** Leaf that added it. */
  readonly entry: string;
  /** Unix milliseconds. */
  readonly addedAtMs: number;
}

/**
 * People and their passkeys, for other rooms. All in memory. Who was removed, and what was removed, is not found.
 * INVARIANT: one identity belongs to one person at most, and so does one passkey.
 */
export interface PeopleReader {
  person(ref: string): Person | undefined;
  /** @param identity - `<issuer>#<sub>` */
  byIdentity(identity: string): Person | undefined;
  /** @param id - credential id, base64url */
  credential(id: string): Passkey | undefined;
  credentialsOf(ref: string): readonly Passkey[];
  hasRole(ref: string, role: Role): boolean;
  list(): readonly Person[];
}

/** How groups or roles that a provider states become roles here. */
export interface RoleMapping {
  /** JSON Pointer into the ID token: `/groups`, `/roles`, `/realm_access/roles`. */
  readonly claim: string;
  /** Roles by what the provider calls a group. */
  readonly roles: Readonly<Record<string, readonly Role[]>>;
}

/** An OpenID provider people may sign in with. From the configuration. */
export interface ProviderSettings {
  /** Short name in addresses. */
  readonly id: string;
  /** What the page calls it. */
  readonly name: string;
  readonly issuer: string;
  readonly clientId: string;
  /** Absent for a client that has none and proves itself by PKCE alone. */
  readonly clientSecret?: string;
  readonly scope: string;
  /** Claim that identifies the person within the issuer: `sub`, or another that is never reissued. */
  readonly subjectClaim: string;
  readonly mapping?: RoleMapping;
  /** Whether somebody with a mapped role is enrolled when first seen. */
  readonly enrols: boolean;
}
