import type { ActorChain, Authority } from "@narrowgate/authority";
import type {
  AccessTokenClaims,
  AgentRecord,
  EpochPair,
  LeafDraft,
  MandateRecord,
  StateChange,
} from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import type { InstanceRecord, TokenOutcome, TokenSigner, VerifiedProof } from "./ports.ts";
import type { TokenRequest } from "./steps/parse-request.ts";

/** What arrives at the token endpoint. Trust: everything here is attacker-controlled. */
export interface Received {
  /** The body, whose bytes are one character each once the form was parsed. */
  readonly form: string;
  /** The Content-Type header, when there was exactly one. */
  readonly contentType: string | undefined;
  /** The DPoP header, when there was exactly one. */
  readonly dpop: string | undefined;
  /** External URL of the token endpoint. */
  readonly url: string;
}

/** The form is well formed. Nothing in it has been verified. */
export interface Parsed extends Received {
  readonly request: TokenRequest;
}

/** The caller is this instance of this agent, and holds its key. */
export interface Authenticated extends Parsed {
  readonly client: AgentRecord;
  readonly instance: InstanceRecord;
  readonly proof: VerifiedProof;
  readonly dpop: string;
  /** What the subject token came to, when it was verified beside the proof; not looked at yet. */
  readonly subjectToken?: TokenOutcome;
}

/** What a new token may be cut from: a mandate, or a parent token under one. */
export interface Source {
  readonly mode: "root" | "continuation" | "rebind";
  readonly mandate: MandateRecord;
  readonly authority: Authority;
  readonly chain: ActorChain | undefined;
  /** Chain of the parent token, before this hop. */
  readonly parentChain: ActorChain | undefined;
  readonly subject: { readonly sub: string; readonly profile: "user" | "ai_agent" };
  /** Unix seconds; the child does not live longer. */
  readonly expires: number;
  readonly epochs: readonly EpochPair[];
  readonly parent?: { readonly claims: AccessTokenClaims; readonly digest: string; readonly jws: string };
  /** State that changes with the exchange (the use of a hand-off token). */
  readonly changes?: readonly StateChange[];
  /** A mandate that is opened with this token, in the same commit. */
  readonly opening?: {
    readonly draft: LeafDraft;
    readonly changes: readonly StateChange[];
    readonly admit: () => void;
  };
}

/** The origin of the authority is known, alive, and may be used by this caller. */
export interface Sourced extends Authenticated {
  readonly source: Source;
}

/** The caller runs under a signed release, where this environment asks for one. */
export interface Released extends Sourced {
  /** Absent: none is asked for. */
  readonly release?: {
    /** Deployment digest. */
    readonly deployment: string;
    /** What ends the token when the release is revoked. */
    readonly pair: EpochPair;
    /** Unix milliseconds; no token of it lives longer. */
    readonly untilMs?: number;
  };
}

/** The next resource is known. */
export interface Targeted extends Released {
  readonly target: string;
}

/** What is granted is narrower than parent, actor ceiling and client ceiling. */
export interface Narrowed extends Targeted {
  readonly granted: Authority;
  readonly requested: JsonObject;
  readonly actorCeiling: Authority;
  readonly clientCeiling: Authority;
}

/** The token as it will be signed, not yet on record. */
export interface Prepared extends Narrowed {
  readonly claims: AccessTokenClaims;
  /** The key of the moment of writing; it signs, whatever key signs by then. */
  readonly signer: TokenSigner;
  readonly signingInput: string;
}

/** Policy permits, and decision and token leaf are durable. Only from here a token may be signed. */
export interface Committed extends Prepared {
  readonly committed: true;
}

/** The answer. */
export interface Minted {
  readonly accessToken: string;
  readonly claims: AccessTokenClaims;
}
