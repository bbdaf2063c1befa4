import type { EvidenceSink, LeafDraft, StateChange, StateReader, Upstream } from "@narrowgate/contracts";
import type { Clock, JsonObject } from "@narrowgate/kernel";
import type { PolicyBundle, PolicyProblem } from "@narrowgate/policy";
import type { PolicyTests, TestReport, World } from "@narrowgate/policy/testing";

/** An operator's request whose signature was verified. */
export interface SignedRequest {
  /** Ref of the operator. */
  readonly operator: string;
  /** The exact compact JWS, sealed with each leaf it causes. */
  readonly jws: string;
}

/** A bundle that compiles, not yet in force. */
export interface CompiledBundle {
  readonly kind: "compiled";
  readonly digest: string;
  /** Digest of the decision procedure. */
  readonly procedure: string;
  readonly warnings: readonly PolicyProblem[];
  /** Ids of its policies, sorted. */
  readonly ids: readonly string[];
  /** Runs tests on it; changes nothing. */
  test(tests: readonly PolicyTests[], world: World): TestReport;
  /** Puts it in force for the next decision. */
  install(): void;
}

/** What came of compiling a bundle. */
export type CompiledOrNot =
  | CompiledBundle
  | {
      readonly kind: "rejected";
      /** `validate`: all can be read, and tools that are approved later may change what is wrong with them. */
      readonly stage: "read" | "validate";
      readonly problems: readonly PolicyProblem[];
    };

/** A revocation in the making, recorded in the same group as what causes it. */
export interface RevocationDraft {
  readonly draft: LeafDraft;
  readonly changes: readonly StateChange[];
  /** Call in the turn of `record`. */
  apply(): void;
  /** Call once durable. */
  announce(): void;
}

/** What the registry needs; supplied by compose. */
export interface RegistryPorts {
  readonly clock: Clock;
  readonly evidence: EvidenceSink;
  readonly state: StateReader;
  /** External base URL, without trailing slash. */
  readonly baseUrl: string;
  /** Compiles policies; pure until `install`. @throws `policy_engine_failed` */
  readonly compile: (bundle: PolicyBundle) => CompiledOrNot;
  /**
   * Whether policies with this digest may come into force by this request; absent: always.
   * @throws `conflict` when somebody else has to ask for the same first
   */
  readonly mayPublish?: (digest: string, request: SignedRequest) => void;
  /** Why a child server cannot be isolated here as it asks; undefined when it can. */
  readonly isolationFault: (upstream: Extract<Upstream, { transport: "stdio" }>) => string | undefined;
  readonly prepareRevocation: (request: {
    readonly kind: "agent";
    /** Agent ref. */
    readonly id: string;
    readonly operator: string;
    readonly request: string;
    readonly reason: string;
    /** Name of the agent, sealed. */
    readonly name: string;
  }) => RevocationDraft;
  /** What of another room ends in the same commit in which an agent is suspended or retired; absent: nothing does. */
  readonly endsWith?: (agentRef: string, request: SignedRequest) => EndedWith | undefined;
}

/** What ends together with something else. */
export interface EndedWith {
  readonly drafts: readonly LeafDraft[];
  readonly changes: readonly StateChange[];
  /** Call in the turn of `record`. */
  apply(): void;
}

/** A definition as an upstream server states it now. Trust: the upstream wrote it. */
export interface LiveOperation {
  readonly kind: OperationKind;
  /** Name, or prefix of a family of resources. */
  readonly name: string;
  /** Digest of its canonical JSON. */
  readonly digest: string;
  readonly definition: JsonObject;
}

/** What can be pinned. */
export type OperationKind = "tool" | "prompt" | "resource";
