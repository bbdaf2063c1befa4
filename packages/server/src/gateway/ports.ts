import type {
  AccessTokenClaims,
  AgentRecord,
  DraftOrNext,
  EpochReader,
  ErrorCode,
  EvidenceSink,
  InputAttribute,
  Label,
  LeafDraft,
  MandateReader,
  MandateRecord,
  RegistryReader,
  ServerRecord,
  StateChange,
  StateReader,
  ToolRecord,
} from "@narrowgate/contracts";
import type { Clock, JsonObject } from "@narrowgate/kernel";
import type { GatewayLimits } from "./limits.ts";

/** A refusal by a port: the catalogue code and what the caller may read. */
export interface PortRefusal {
  readonly kind: "refused";
  readonly code: ErrorCode;
  readonly description?: string;
}

/**
 * Checks access tokens of this issuer: form, signature by a key in force, issuer, times. The audience is the gate's to check.
 * Guarantee: a denial is an outcome; a throw is a failure, and refuses.
 */
export interface TokenVerifier {
  verify(jws: string): Promise<{ readonly kind: "token"; readonly claims: AccessTokenClaims } | PortRefusal>;
}

/**
 * Checks DPoP proofs: form, signature, method, address, token hash, nonce of this boot, and that none is used twice.
 * Guarantee: of two concurrent uses of one proof at most one is accepted.
 */
export interface ProofVerifier {
  verify(input: {
    readonly proof: string;
    readonly method: string;
    /** External URL of the resource; configured, never taken from the request. */
    readonly url: string;
    readonly accessToken: string;
  }): Promise<
    | {
        readonly kind: "proof";
        readonly jkt: string;
        /** Digest of the proof's key and `jti`: what single use is remembered by. */
        readonly use: string;
        readonly bodySha256?: string;
      }
    | PortRefusal
  >;
  /** Nonce that a new proof must carry. */
  nonce(): string;
}

/** Which signed release an agent runs under, and what is in it. Synchronous. */
export interface ReleaseDesk {
  /** @param token - the deployment that it names: beside the active release a canary may stand */
  inForce(
    agent: AgentRecord,
    token: { readonly deployment?: string | undefined },
  ):
    | {
        readonly kind: "released";
        /** Deployment digest: what its tokens name. */
        readonly deployment: string;
        /** Whether an operation is the one that was signed; of a resource by the name of its family. */
        readonly has: (operation: {
          readonly server: string;
          readonly kind: "tool" | "prompt" | "resource";
          readonly name: string;
        }) => boolean;
      }
    | { readonly kind: "refused"; readonly code: ErrorCode };
  /** The row by which a call that changes something is found again when its release is taken out of force. */
  changing(
    deployment: string,
    call: {
      /** Where its dispatch stands in the log. */
      readonly dispatch: number;
      readonly server: string;
      readonly kind: "tool" | "prompt" | "resource";
      /** As registered. */
      readonly name: string;
      readonly effect: ToolRecord["effect"];
      readonly egress: boolean;
    },
  ): StateChange;
}

/** One operation of one server, as it is about to be decided. */
export interface CallQuestion {
  readonly claims: AccessTokenClaims;
  readonly agent: AgentRecord;
  readonly mandate: MandateRecord;
  readonly server: ServerRecord;
  readonly kind: "tool" | "resource" | "prompt";
  /** Tool name, prompt name or resource URI, as the caller wrote it. */
  readonly name: string;
  readonly record: ToolRecord;
  readonly arguments: JsonObject;
  /** Digest of the definition the upstream states now, and of the one that was approved. */
  readonly pin: { readonly current: string; readonly approved: string };
  /** The proof signs the body, so the arguments are the agent's own word. */
  readonly bodySigned: boolean;
  /** It carries answers to what the upstream asked: bytes that no approval covers. */
  readonly isResumed?: boolean;
}

/** What the policies of a permit demand of the gate. @see docs/spec/evidence.md E-32 */
export interface Obligations {
  readonly capture?: "digest" | "full";
  readonly cap_rows?: number;
  /** JSON Pointers, sorted. */
  readonly redact_arguments?: readonly string[];
  readonly redact_result?: readonly string[];
}

/** A decision and all it depended on. */
export interface CallVerdict {
  readonly verdict: "permit" | "refuse";
  readonly code?: ErrorCode;
  /** Sorted ids of the policies that determined it. */
  readonly policies: readonly string[];
  /** One sentence for a person. */
  readonly reason: string;
  /** Digest of the policy bundle. */
  readonly policy: string;
  /** Digest of the decision procedure. */
  readonly procedure: string;
  readonly inputs: readonly InputAttribute[];
  /** Caps of the detail that covers a permitted call, when it has any. */
  readonly caps?: ReadonlyMap<string, number>;
  /** With `approval_required`: signatures that would lift the denial, `role#n`, sorted. */
  readonly requires?: readonly string[];
  readonly obligations?: Obligations;
  /** Leaf ids of the approvals it rests on: a permit uses them up. */
  readonly approvals?: readonly string[];
  /** What the call moves, in minor units. */
  readonly amount?: number;
  /** Whether nothing that flowed, was spent or was approved has changed since. Absent: nothing of that was asked. */
  readonly holds?: () => boolean;
}

/** Decides calls, and says which of several operations a list may show. */
export interface CallDecider {
  decide(question: CallQuestion): CallVerdict;
  /** Whether the authority of the token could reach the operation at all, whatever the arguments. */
  mayShow(
    question: Pick<CallQuestion, "claims" | "server" | "kind" | "name" | "record"> & {
      /** `name` is the beginning of the names in question. */
      readonly isPrefix?: boolean;
    },
  ): boolean;
  /**
   * Digests that a decision without policy verdict names.
   * @param deployment - the release that a token names; absent: those in force
   */
  inForce(deployment?: string): { readonly policy: string; readonly procedure: string };
}

/** What goes into the commit of a permit or an outcome. */
export interface FlowChange {
  readonly drafts: readonly DraftOrNext[];
  readonly changes: readonly StateChange[];
  /** Call in the turn the group is queued. */
  apply(): void;
}

/** Labels and what was spent: they change only with a permit or an outcome, in its commit. */
export interface FlowLedger {
  /**
   * @param at - place of the decision in the group
   * @returns undefined when the sum of amounts cannot be held: the call has to be refused
   */
  permit(call: CallQuestion, amount: number, at: number): FlowChange | undefined;
  /** @param at - place of the outcome in the group */
  answer(
    call: CallQuestion,
    found: { readonly rows: number; readonly rises?: readonly AnswerRise[] },
    at: number,
  ): FlowChange;
}

/** What an answer carries beyond what is declared, and the digest of the response rule that says so. */
export interface AnswerRise {
  readonly label: Label;
  /** Absent: nobody could look at the answer. */
  readonly rule?: string;
}

/** What goes into the commit of a decision, and what follows it. */
export interface ApprovalChange {
  readonly drafts: readonly LeafDraft[];
  readonly changes: readonly StateChange[];
  /** Call in the turn the group is queued. */
  apply(): void;
  /** Call once durable. */
  announce(): void;
}

/** A refused call that people were asked about. */
export interface WaitingApproval extends ApprovalChange {
  readonly kind: "asked";
  readonly id: string;
  /** Signatures that are missing, `role#n`, sorted. */
  readonly requires: readonly string[];
  readonly notAfterMs: number;
  /** Where it is answered. */
  readonly url: string;
}

/** Nobody is asked; the refusal stands. */
export interface NotAsked {
  readonly kind: "not_asked";
  /** For the caller. */
  readonly sentence: string;
}

/** Calls that wait for people. What they signed is an input of the decider. */
export interface ApprovalDesk {
  /** Call in the turn of the record of the refusal; what it gives goes into the same group. */
  ask(
    call: CallQuestion,
    why: Pick<CallVerdict, "reason" | "policy"> & {
      /** Leaf id the refusal will have. */
      readonly decision: string;
      readonly requires: readonly string[];
    },
  ): WaitingApproval | NotAsked;
  /** Uses approvals up, in the group of the permit that names them. */
  take(call: CallQuestion, entries: readonly string[]): ApprovalChange;
}

/** A permitted call that is about to be made at an upstream which trusts our issuer. */
export interface UpstreamCall
  extends Pick<CallQuestion, "claims" | "server" | "kind" | "name" | "record" | "arguments"> {
  /** The token the agent presented. */
  readonly token: string;
  /** Address of the upstream. */
  readonly audience: string;
}

/** A token for one call whose text is fixed, and which nobody has signed yet. */
export interface CutToken {
  readonly kind: "cut";
  /** The leaf that puts it on record under the decision that permits the call. */
  leaf(decision: string): LeafDraft;
  /** ORDER: only once that leaf is durable. @throws NarrowgateError when it cannot be signed any more */
  sign(): Promise<string>;
}

/**
 * Credentials of the gate itself towards an upstream that trusts our issuer. The agent's own token never leaves.
 * @see docs/adr/0007-gateway-as-actor.md
 */
export interface UpstreamTokens {
  /** Cuts what one call needs out of the authority of the agent's token. */
  cut(call: UpstreamCall): CutToken | PortRefusal;
  /**
   * Headers of one request, with a fresh proof by the gate's key. `token` is absent when the gate asks on its own behalf
   * (definitions).
   * @throws NarrowgateError `evidence_unavailable`, `overloaded`
   */
  headers(request: {
    readonly url: string;
    readonly method: string;
    readonly body: Uint8Array;
    readonly token?: string;
    /** The nonce that the upstream asked proofs to carry. */
    readonly nonce?: string;
  }): Promise<Readonly<Record<string, string>>>;
}

/** What the gate tells its operator. Never a token, an argument or a result. */
export interface GatewayReports {
  report(event: {
    readonly kind: "upstream_started" | "upstream_ended" | "upstream_refused" | "upstream_log" | "failure";
    readonly server?: string;
    readonly detail: string;
    readonly cause?: unknown;
  }): void;
}

/** A request that ended. Trust: `method` and `traceparent` are the sender's words; names are registered ones. */
export interface SeenCall {
  readonly server: string;
  /** As by `performance.now()`. */
  readonly startedMs: number;
  readonly endedMs: number;
  /** Steps that were begun, in order. */
  readonly steps: readonly { readonly step: string; readonly endedMs: number }[];
  readonly method?: string;
  /** The code it was refused with; absent when it was answered. */
  readonly code?: ErrorCode;
  /** Absent: no token verified. */
  readonly claims?: AccessTokenClaims;
  /** Digest of the proof's key and `jti`. */
  readonly use?: string;
  readonly operation?: { readonly kind: "tool" | "resource" | "prompt"; readonly name: string };
  readonly verdict?: Pick<CallVerdict, "verdict" | "code" | "policies" | "approvals">;
  /** Leaf id of the decision. */
  readonly decision?: string;
  readonly status?: "ok" | "tool_error" | "upstream_error" | "timeout" | "cancelled";
  readonly traceparent?: string;
}

/** Told of requests once they ended. Must not throw, and nothing waits for it. */
export interface CallWatch {
  ended(call: SeenCall): void;
  /** What goes to upstreams as `traceparent`, in the place of what the caller sent; absent: that stays as it is. */
  traceparent?(call: { readonly txn: string; readonly use: string }): string;
}

/** Everything a gate is made of. */
export interface GatewayDeps {
  readonly clock: Clock;
  readonly env: "dev" | "staging" | "prod";
  /** External base URL, without trailing slash. */
  readonly baseUrl: string;
  readonly issuer: string;
  /** Origins of browsers that may call; others are refused. */
  readonly allowedOrigins: readonly string[];
  readonly limits: GatewayLimits;
  readonly tokens: TokenVerifier;
  readonly proofs: ProofVerifier;
  readonly registry: RegistryReader;
  readonly epochs: EpochReader;
  readonly mandates: MandateReader;
  readonly evidence: EvidenceSink;
  /** Where spent caps are kept. Absent: a call under a cap is refused, because nobody could say what is left of it. */
  readonly state?: StateReader;
  readonly decider: CallDecider;
  readonly flow: FlowLedger;
  /** Absent: this environment asks for no signed release. */
  readonly releases?: ReleaseDesk;
  /** Absent: nobody can approve anything, and what needs it stays refused. */
  readonly approvals?: ApprovalDesk;
  readonly reports: GatewayReports;
  /** Absent: nobody watches, and no clock is read for it. */
  readonly watch?: CallWatch;
  /** Absent: no upstream with exchanged tokens can be reached. */
  readonly upstreamTokens?: UpstreamTokens;
  /** Search path for upstream commands; the rest of our environment never reaches them. */
  readonly childPath: string;
}
