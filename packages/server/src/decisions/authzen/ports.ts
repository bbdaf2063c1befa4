import type {
  AccessTokenClaims,
  AgentRecord,
  EpochReader,
  ErrorCode,
  EvidenceSink,
} from "@narrowgate/contracts";
import type { Clock } from "@narrowgate/kernel";
import type { DecidingFace } from "@narrowgate/policy";

/** A request with its body, as far as who asks has to be shown. Trust: all of it is the client's. */
export interface PresentedRequest {
  readonly method: string;
  /** External URL of the address. */
  readonly url: string;
  /** External URL that the token must be for. */
  readonly audience: string;
  readonly rawHeaders: readonly string[];
  readonly body: Uint8Array;
}

/** What a caller sent that others signed. */
export interface CallerEvidence {
  readonly claims: AccessTokenClaims;
  readonly token: string;
  readonly agentRef?: string;
  readonly dpop?: string;
  /** Digest of the proof's key and `jti`. */
  readonly use?: string;
}

/** Who asks, once shown. */
export interface AuthzenCaller extends CallerEvidence {
  readonly kind: "caller";
  readonly agent: AgentRecord;
  readonly bodySigned: boolean;
  /** The code of what has ended meanwhile. Synchronous: asked in the turn of the record. */
  readonly ended: () => ErrorCode | undefined;
}

/** Who asks was not shown, or may not. */
export interface AuthzenRefusal {
  readonly kind: "refused";
  readonly code: ErrorCode;
  readonly sentence?: string;
  /** Once the token has verified: a refusal that can be attributed is recorded. */
  readonly caller?: CallerEvidence;
}

/** What deciding for other systems needs; supplied by compose. */
export interface AuthzenPorts {
  /** External base URL, without trailing slash. */
  readonly issuer: string;
  readonly clock: Clock;
  /** The policies of the release that a token names, else those in force. @throws NarrowgateError `policy_missing` */
  readonly policies: (deployment: string | undefined) => {
    readonly compiled: DecidingFace;
    readonly procedure: string;
    /** Ids of the overlays that stand over them, sorted. */
    readonly overlays: readonly string[];
    readonly profile?: string;
  };
  readonly authenticate: (request: PresentedRequest) => Promise<AuthzenCaller | AuthzenRefusal>;
  /** OAuth `error` of a refusal that another token or proof could mend. */
  readonly challengeOf: (code: ErrorCode) => string | undefined;
  readonly nonce: () => string;
  readonly epochs: Pick<EpochReader, "position">;
  readonly evidence: EvidenceSink;
  /** For refusals before policy, within a bound. */
  readonly refusals: EvidenceSink;
  readonly onFault: (cause: unknown) => void;
}
