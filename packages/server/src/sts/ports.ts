import type {
  AccessTokenClaims,
  AgentRecord,
  Assurance,
  EpochPair,
  EpochReader,
  ErrorCode,
  EvidenceSink,
  InputAttribute,
  LeafDraft,
  MandateReader,
  MandateRecord,
  RegistryReader,
  StateChange,
} from "@narrowgate/contracts";
import type { Clock, JsonObject } from "@narrowgate/kernel";

import type { DurableUses } from "../platform/single-use/durable-uses.ts";

/** One running copy of an agent, tied to one key. Made by the attestation room. */
export interface InstanceRecord {
  readonly ref: string;
  /** Agent id. */
  readonly agent: string;
  readonly jkt: string;
  /** The public key itself. */
  readonly jwk: JsonObject;
  /** Id of the attestation leaf. */
  readonly entry: string;
  readonly assurance: Assurance;
  /** It came in by what a person allowed, and works under that alone. */
  readonly byConsent?: true;
}

/** A possession proof that verified. */
export interface VerifiedProof {
  readonly jkt: string;
  /** Digest of key and jti: what single use is remembered by. */
  readonly use: string;
  readonly bodySha256?: string;
}

/** A refusal by a port: the catalogue code and what the caller may read. */
export interface PortRefusal {
  readonly kind: "refused";
  readonly code: ErrorCode;
  readonly description?: string;
}

/** Checks a DPoP proof (RFC 9449 section 4.3) with the nonce of this boot and single use. */
export interface ProofVerifier {
  verify(input: {
    readonly proof: string;
    readonly method: string;
    /** External URL without query and fragment. */
    readonly url: string;
    readonly accessToken?: string;
  }): Promise<({ readonly kind: "proof" } & VerifiedProof) | PortRefusal>;
  nonce(): string;
}

/** One of our tokens that verified, or why not. */
export type TokenOutcome =
  | {
      readonly kind: "token";
      readonly claims: AccessTokenClaims;
      /** H(signing input) */
      readonly digest: string;
    }
  | PortRefusal;

/** Verifies our own access tokens: signature by a known key, header, claims, issuer, time. Not audience, not epochs. */
export interface TokenVerifier {
  verify(jws: string): Promise<TokenOutcome>;
}

/** Our token-signing key of this moment. */
export interface TokenSigner {
  readonly kid: string;
  sign(signingInput: Uint8Array): Promise<Uint8Array>;
}

/** Verifies an assertion signed by an instance's key (private_key_jwt). */
export interface AssertionVerifier {
  verify(input: {
    readonly assertion: string;
    readonly agent: string;
    readonly jwk: JsonObject;
  }): Promise<AssertionOutcome>;
}

/** An assertion that verified, or why not. */
export type AssertionOutcome = ({ readonly kind: "assertion" } & AssertionUse) | PortRefusal;

/** What the single use of an assertion is remembered by. */
export interface AssertionUse {
  readonly use: string;
  /** `iat`, Unix seconds, where it has one. */
  readonly issuedS?: number;
  /** Unix seconds from which it is refused as expired. */
  readonly untilS: number;
}

/** Each client assertion once. */
export interface AssertionUses {
  /**
   * Takes the one use.
   * @param beside - whether a possession proof by the same key stands beside it, or it stands alone
   * @returns when the use will outlast a restart, or undefined when it was used before, or may have been
   */
  take(use: AssertionUse, beside: "proof" | "nothing"): Promise<void> | undefined;
}

/** What the token service asks of the attestation room. */
export interface AttestationPort {
  instance(agent: string, jkt: string): InstanceRecord | undefined;
  /** Verifies a platform token and binds its instance to `jkt`; records the attestation, accepted or refused. */
  attest(input: {
    readonly assertion: string;
    readonly jkt: string;
    readonly dpop: string;
    readonly method?: "spiffe";
  }): Promise<{ readonly kind: "attested"; readonly instance: InstanceRecord } | PortRefusal>;
}

/** What the token service asks of the mandates room. */
export interface MandatePort extends MandateReader {
  /** A mandate of an agent on its own behalf, for `client_credentials` without one: drafts to record with the token. */
  openAutonomous(input: { readonly agent: string; readonly authority: JsonObject; readonly nowMs: number }): {
    readonly mandate: MandateRecord;
    readonly draft: LeafDraft;
    readonly changes: readonly StateChange[];
    /** Called in the turn the group is queued: from then on the mandate is open. */
    admit(): void;
  };
}

/** Which signed release an agent runs under. Synchronous. */
export interface ReleasePort {
  /** @param under - what decides where a canary stands beside the active release */
  inForce(
    agent: AgentRecord,
    under: { readonly mandate?: string; readonly deployment?: string | undefined },
  ):
    | {
        readonly kind: "released";
        readonly deployment: string;
        readonly pair: EpochPair;
        /** Unix milliseconds; no token of it lives longer. */
        readonly untilMs?: number;
      }
    | { readonly kind: "refused"; readonly code: ErrorCode; readonly why: string };
  /** Whether a deployment is that of a break-glass of this agent, over or not. */
  isGlassOf(agent: AgentRecord, deployment: string): boolean;
}

/** What policy is told about a mint. All of it was verified before. */
export interface MintFacts {
  readonly action: "mint_token" | "exchange_token";
  readonly client: AgentRecord;
  readonly instance: InstanceRecord;
  readonly mandate: MandateRecord;
  readonly actors: readonly string[];
  readonly target: string;
  readonly scopes: readonly string[];
  readonly nowMs: number;
  readonly bodySigned: boolean;
  /** Deployment digest of the release that the token will name, where it names one. */
  readonly release?: string;
}

/** What policy said, and everything it depended on. */
export interface MintDecision {
  readonly verdict: "permit" | "refuse";
  readonly code?: ErrorCode;
  /** Sorted ids. */
  readonly policies: readonly string[];
  readonly reason: string;
  /** With `approval_required`: signatures that policy asks for, `role#n`, sorted. */
  readonly requires?: readonly string[];
  /** Digest of the policy bundle in force. */
  readonly policy: string;
  /** Digest of the decision procedure. */
  readonly procedure: string;
  readonly inputs: readonly InputAttribute[];
}

/** A token request that was answered. */
export interface SeenMint {
  /** As by `performance.now()`. */
  readonly startedMs: number;
  readonly endedMs: number;
  /** What was minted. */
  readonly claims?: AccessTokenClaims;
  /** The code it was refused with; stands exactly where nothing was minted. */
  readonly code?: ErrorCode;
}

/** Told of token requests once they were answered. Must not throw, and nothing waits for it. */
export type MintWatch = (mint: SeenMint) => void;

/** What the token service needs; supplied by compose. */
export interface StsPorts {
  /** Issuer identifier = external base URL, without a trailing slash. */
  readonly issuer: string;
  readonly environment: "dev" | "staging" | "prod";
  readonly clock: Clock;
  readonly evidence: EvidenceSink;
  readonly registry: RegistryReader;
  readonly epochs: EpochReader;
  readonly mandates: MandatePort;
  readonly attestation: AttestationPort;
  readonly proofs: ProofVerifier;
  readonly tokens: TokenVerifier;
  readonly assertions: AssertionVerifier;
  /** Hand-off tokens that were used, by name. */
  readonly handOffs: DurableUses;
  readonly assertionUses: AssertionUses;
  /** Raises the epoch of a token, durably. `by` = agent ref of its holder. */
  readonly revokeToken: (tok: string, by: string) => Promise<void>;
  readonly signer: () => TokenSigner;
  /** Digests of the policy bundle and the decision procedure in force. */
  readonly policyInForce: () => { readonly policy: string; readonly procedure: string };
  /** Absent: this environment asks for no signed release. */
  readonly releases?: ReleasePort;
  /** Asks policy whether this token may be minted; never throws. */
  readonly decideMint: (facts: MintFacts) => MintDecision;
  /** Absent: nobody watches, and no clock is read for it. */
  readonly watch?: MintWatch;
  /** Life of a token in seconds, 30 to 900, by the settings of this moment. */
  readonly tokenLifeSeconds: () => number;
}
