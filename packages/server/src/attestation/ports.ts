import type {
  AgentRecord,
  Assurance,
  EpochReader,
  ErrorCode,
  EvidenceSink,
  RegistryReader,
  StateChange,
  StateReader,
} from "@narrowgate/contracts";
import type { Clock, JsonObject } from "@narrowgate/kernel";
import type { JsonFetcher } from "../platform/fetch/safe-fetch.ts";

/** One running copy of an agent, tied to one key. */
export interface InstanceRecord {
  readonly ref: string;
  /** Agent id. */
  readonly agent: string;
  readonly jkt: string;
  /** The public key itself; empty when the key was only ever shown by its thumbprint. */
  readonly jwk: JsonObject;
  /** Id of the newest attestation leaf. */
  readonly entry: string;
  readonly assurance: Assurance;
  /** It came in by what a person allowed, and works under that alone. */
  readonly byConsent?: true;
}

/** A refusal: the catalogue code and what the caller may read. */
export interface Refusal {
  readonly kind: "refused";
  readonly code: ErrorCode;
  readonly description?: string;
}

/** Checks a DPoP proof with the nonce of this boot and single use. @see RFC 9449 section 4.3 */
export interface ProofPort {
  verify(input: {
    readonly proof: string;
    readonly method: string;
    readonly url: string;
  }): Promise<{ readonly kind: "proof"; readonly jkt: string; readonly bodySha256?: string } | Refusal>;
  nonce(): string;
}

/** Who revokes an instance, and why. */
export interface InstanceRevocation {
  readonly by: "operator" | "owner" | "system";
  readonly operator?: string;
  /** Signed request of the operator, sealed with the leaf. */
  readonly proof?: string;
  readonly reason: string;
}

/** The registered agents. `revision` rises with each change, so that what is worked out of them can be kept. */
export interface RegistryPort extends Pick<RegistryReader, "agent" | "issuer"> {
  agents(): readonly AgentRecord[];
  readonly revision: number;
}

/** What attestation needs; supplied by compose. */
export interface AttestationPorts {
  /** Issuer identifier = external base URL, without a trailing slash. */
  readonly issuer: string;
  readonly clock: Clock;
  readonly evidence: EvidenceSink;
  readonly state: StateReader;
  readonly registry: RegistryPort;
  readonly epochs: Pick<EpochReader, "current">;
  /** Raises the epoch of an instance, durably. Must be loaded before attestation is opened. */
  readonly revoke: (
    request: InstanceRevocation & {
      readonly kind: "instance";
      readonly id: string;
      readonly agent?: string;
      readonly name?: string;
    },
  ) => Promise<unknown>;
  /** What other rooms keep of an instance and give up with it; `apply` in the turn the group is queued. */
  readonly forget: (instance: string) => { readonly changes: readonly StateChange[]; apply(): void };
  /** Fetches key sets of trusted issuers. */
  readonly fetcher: JsonFetcher;
}

/** What the verification of people's assertions needs; supplied by compose. */
export interface SubjectPorts {
  readonly issuer: string;
  readonly clock: Clock;
  readonly registry: RegistryPort;
  readonly fetcher: JsonFetcher;
  /**
   * Takes the single use of an assertion; false when it was used before. It must be remembered until `untilMs`
   * (at most eleven minutes ahead), over a restart too.
   */
  readonly takeOnce: (digest: string, untilMs: number) => boolean;
}
