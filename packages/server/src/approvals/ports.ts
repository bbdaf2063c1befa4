import type {
  AccessTokenClaims,
  AgentRecord,
  ApprovalPlace,
  Declassification,
  DraftOrNext,
  EpochPair,
  EpochReader,
  EvidenceSink,
  MandateReader,
  MandateRecord,
  PublicJwk,
  Role,
  ServerRecord,
  StateChange,
  StateReader,
  ToolRecord,
} from "@narrowgate/contracts";
import type { Clock, JsonObject } from "@narrowgate/kernel";

/** A person, as far as it matters who she is. */
export interface Signer {
  readonly ref: string;
  readonly name: string;
  readonly roles: readonly Role[];
  /** Accounts that are all this one person. */
  readonly identities: readonly string[];
  /** Accounts that were hers once. */
  readonly former: readonly string[];
}

/** A passkey of a person. */
export interface SigningKey {
  /** Ref of the person. */
  readonly person: string;
  readonly jwk: PublicJwk;
  readonly rpId: string;
  /** Digest of the credential id, as evidence names it. */
  readonly digest: string;
}

/**
 * Who can sign. Synchronous. Who was removed, and what was removed, is not found.
 * TRUST: enrolment is the people room's word; nothing here asks again whose a passkey is.
 */
export interface Signers {
  person(ref: string): Signer | undefined;
  byIdentity(identity: string): Signer | undefined;
  /** @param id - credential id, base64url; attacker-controlled */
  credential(id: string): SigningKey | undefined;
  /**
   * Counts one use of a passkey, verified, in this turn.
   * @returns rows for the commit of the use; undefined when its counter did not rise: then there is a copy of it
   */
  countUse(id: string, signCount: number): readonly StateChange[] | undefined;
}

/** Bounds on what agents may ask of people. */
export interface ApprovalBounds {
  /** From the request to its end, in milliseconds. */
  readonly lifeMs: number;
  /** Requests that wait at once, by mandate, by agent, and all together. */
  readonly perMandate: number;
  readonly perAgent: number;
  readonly all: number;
}

/** The bounds in force unless the configuration says otherwise. */
export const DEFAULT_BOUNDS: ApprovalBounds = {
  lifeMs: 15 * 60_000,
  perMandate: 20,
  perAgent: 100,
  all: 10_000,
};

/** Something happened that people may want to hear of. */
export interface ApprovalNews {
  readonly event: "requested" | "approved" | "refused" | "expired" | "withdrawn";
  readonly approval: string;
  /** Where it is answered. */
  readonly url: string;
  readonly notAfterMs: number;
  readonly requires: readonly string[];
}

/** An answer that may be given free, in the turn in which that was found. */
export interface Declassifiable {
  /**
   * What goes into the commit of the last signature. Call in the turn of its record.
   * @param because - leaf id of that signature
   * @returns undefined when something was read since the log was looked at
   */
  lower(
    because: string,
  ):
    | { readonly drafts: readonly DraftOrNext[]; readonly changes: readonly StateChange[]; apply(): void }
    | undefined;
}

/** What the approvals room needs; supplied by compose. */
export interface ApprovalPorts {
  readonly clock: Clock;
  readonly evidence: EvidenceSink;
  readonly state: StateReader;
  readonly place: ApprovalPlace;
  readonly bounds: ApprovalBounds;
  readonly signers: Signers;
  readonly epochs: Pick<EpochReader, "firstDead">;
  readonly mandates: Pick<MandateReader, "mandate">;
  readonly agent: (id: string) => AgentRecord | undefined;
  /** Looks in the log; undefined when those who read an answer may have read something else since. */
  readonly declassifiable: (asked: Declassification) => Promise<Declassifiable | undefined>;
  /** Told of an answer that a person did sign, and that was refused all the same. */
  readonly refused: (refusal: {
    readonly approval: string;
    /** Ref of the person. */
    readonly person: string;
    readonly reason: string;
  }) => void;
  /** Told once what it tells of is durable. */
  readonly tell: (news: ApprovalNews) => void;
}

/** One call, as it was decided. Everything but `name` and `arguments` is ours. */
export interface AskedCall {
  readonly claims: AccessTokenClaims;
  readonly agent: AgentRecord;
  readonly mandate: MandateRecord;
  readonly server: ServerRecord;
  readonly kind: "tool" | "resource" | "prompt";
  readonly name: string;
  readonly record: ToolRecord;
  readonly arguments: JsonObject;
  readonly pin: { readonly approved: string };
}

/** What a request rests on: epochs of the token that asked. */
export type Rests = readonly EpochPair[];
