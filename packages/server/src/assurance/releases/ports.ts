import type {
  AgentRecord,
  ApprovalPlace,
  Deployment,
  DrillResult,
  Envelope,
  Evaluation,
  EvidenceSink,
  GateProfile,
  LeafDraft,
  PublicJwk,
  ReleaseManifest,
  ReleasePack,
  ReleaseRole,
  StateChange,
  StateReader,
} from "@narrowgate/contracts";
import type { Clock } from "@narrowgate/kernel";

/** A person, as far as it matters who she is. */
export interface Signer {
  readonly ref: string;
  readonly name: string;
  readonly roles: readonly string[];
  /** Accounts that are all this one person. */
  readonly identities: readonly string[];
  /** Accounts that were hers once. */
  readonly former: readonly string[];
}

/** Who can sign. Synchronous. Who was removed, and what was removed, is not found. */
export interface Signers {
  person(ref: string): Signer | undefined;
  byIdentity(identity: string): Signer | undefined;
  /** @param id - credential id, base64url; attacker-controlled */
  credential(id: string):
    | {
        /** Ref of the person. */
        readonly person: string;
        readonly jwk: PublicJwk;
        readonly rpId: string;
        /** Digest of the credential id, as evidence names it. */
        readonly digest: string;
      }
    | undefined;
  /** @returns rows for the commit of the use; undefined when its counter did not rise: then there is a copy of it */
  countUse(id: string, signCount: number): readonly StateChange[] | undefined;
}

/** A request of an operator whose signature was verified. */
export interface SignedRequest {
  /** Ref of the operator. */
  readonly operator: string;
  /** The exact compact JWS: what goes into the evidence. */
  readonly jws: string;
}

/** What the author and platforms say of a workload. */
export type Stated = Pick<ReleaseManifest, "attested" | "declared">;

/** Names by the digest of a policy's text; for a reader, and part of nothing that is compared. */
export type PolicyNames = Readonly<Record<string, string>>;

/** What would be released now, and where it would run. */
export interface Standing {
  readonly manifest: ReleaseManifest;
  readonly deployment: Deployment;
  /** How policies are called here, by the digest of their text: a digest says nothing to a reader. */
  readonly policyNames?: PolicyNames;
}

/** An evaluation that is on record. */
export interface RecordedEvaluation {
  /** Leaf id. */
  readonly entry: string;
  readonly evaluation: Evaluation;
}

/** An evaluation that is to go on record with what rests on it. */
export interface JudgedEvaluation extends RecordedEvaluation {
  readonly draft: LeafDraft;
  /** Says that the draft is durable. */
  keep(): void;
}

/** What another instance found, as its verified log has it. */
export interface TestedElsewhere {
  readonly evaluation: Evaluation;
  readonly drills: readonly { readonly entry: string; readonly result: DrillResult }[];
}

/** A revocation that is part of a larger commit. */
export interface PreparedRevocation {
  readonly draft: LeafDraft;
  readonly changes: readonly StateChange[];
  apply(): void;
  announce(): void;
}

/** What the releases room needs; supplied by compose. */
export interface ReleasePorts {
  readonly clock: Clock;
  readonly evidence: EvidenceSink;
  readonly state: StateReader;
  readonly environment: Deployment["environment"];
  /** Where the four sign; without it nobody can. */
  readonly place: ApprovalPlace | undefined;
  readonly signers: Signers;
  /** Name of an operator, by ref. */
  readonly operatorName: (ref: string) => string | undefined;
  readonly agent: (id: string) => AgentRecord | undefined;
  /**
   * What is registered now, in one turn.
   * @param policy - digest of policies that a release names; absent: those in force
   * @throws `policy_missing`
   */
  readonly standing: (agent: AgentRecord, stated: Stated, policy?: string) => Standing;
  /** Keeps the policies in force, for a release that names them. @returns rows for the commit in which it does */
  readonly keepPolicies: () => readonly StateChange[];
  /** Makes the policies of a release ready to decide. @throws `policy_missing` */
  readonly preparePolicies: (digest: string) => Promise<void>;
  /** Changes whenever anything changes that {@link standing} reads, but for who holds which role. */
  readonly revision: () => string;
  /** What this deployment asks of a release. */
  readonly profile: GateProfile;
  /** Evaluates all controls for an agent as it stands now, and records it. */
  readonly evaluate: (agent: AgentRecord, stated: Stated) => Promise<RecordedEvaluation>;
  /**
   * Evaluates anew, without a record.
   * @param tested - what was found where the release was tested, which stands in for what was not looked at here (C-17)
   */
  readonly judge: (
    agent: AgentRecord,
    stated: Stated,
    tested: Evaluation | undefined,
  ) => Promise<JudgedEvaluation>;
  /** Origin of this log. */
  readonly origin: string;
  /** Verifies a pack offline with the trust file that the settings name. @throws `conflict` without one, `verification_failed` */
  readonly verifyTested: (pack: ReleasePack) => Promise<TestedElsewhere>;
  /** Puts on record here what was found there. */
  readonly recordTested: (
    agent: AgentRecord,
    tested: TestedElsewhere,
    request: SignedRequest,
  ) => Promise<RecordedEvaluation>;
  /** Signs a payload with the log key, as a DSSE envelope. */
  readonly certify: (payload: Uint8Array) => Promise<Envelope>;
  /** What became of calls, by where their dispatch stands; nothing sealed is opened. */
  readonly dispatched: (indexes: readonly number[]) => Promise<
    readonly {
      readonly index: number;
      readonly atMs: number;
      readonly txn: string;
      readonly outcome: string;
    }[]
  >;
  readonly epoch: (kindRef: string) => number;
  readonly prepareRevocation: (request: {
    readonly kind: "release";
    readonly id: string;
    readonly reason: string;
    readonly name: string;
    readonly by: "operator";
    readonly operator: string;
    readonly proof: string;
  }) => PreparedRevocation;
  /** Told of an answer that a person did sign, and that was refused all the same. */
  readonly refused: (refusal: {
    readonly proposal: string;
    readonly person: string;
    readonly reason: string;
  }) => void;
}

/** Roles still to be signed, and by whom they were. */
export interface GivenSignature {
  readonly role: ReleaseRole;
  readonly person: string;
  readonly name: string;
  /** Leaf id. */
  readonly entry: string;
  readonly statement: string;
  readonly client_data: string;
  readonly authenticator_data: string;
  readonly signature: string;
}
