import type {
  AgentRecord,
  ErrorCode,
  Label,
  Lifecycle,
  MandateDocument,
  MandateRecord,
  RegistryDocument,
  RevocableKind,
  ServerRecord,
  TrustedIssuer,
} from "@narrowgate/contracts";
import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import type { PolicyTests } from "@narrowgate/policy/testing";
import type { WaitingCallView, WaitingView } from "./approval-routes.ts";
import type { DrillsPort } from "./drill-routes.ts";
import type { EvidencePacksPort } from "./evidence-pack-routes.ts";
import type { OverlaysPort } from "./overlay-routes.ts";
import type { PeoplePort } from "./people-port.ts";
import type { PoliciesPort } from "./policies-port.ts";
import type { ReadinessPort } from "./readiness-routes.ts";
import type { EffectsPort, ReleasePacksPort, ReleasesPort } from "./release-routes.ts";
import type { RetentionPort } from "./retention-routes.ts";

/** A request whose signature was verified. */
export interface SignedRequest {
  /** Ref of the operator. */
  readonly operator: string;
  /** The exact compact JWS. */
  readonly jws: string;
}

/** What a request was, as the server saw it. */
export interface SeenRequest {
  readonly method: string;
  /** Path with its query, as sent. */
  readonly path: string;
  readonly body: Uint8Array;
}

/** An operator as others may see them. */
export interface OperatorView {
  readonly ref: string;
  readonly name: string;
  readonly jkt: string;
  readonly enrolledAtMs: number;
}

/** A key as it came in, with its owner's signature. */
export interface EnrolmentInput {
  readonly name: string;
  readonly jwk: JsonObject;
  readonly signature: string;
  readonly seen: SeenRequest;
}

/** The operators room. */
export interface OperatorsPort {
  list(): readonly OperatorView[];
  /** @throws `join_code_invalid`, `conflict`, `operator_signature_invalid`, `malformed_input` */
  enrolFirst(enrolment: EnrolmentInput, code: string): Promise<OperatorView>;
  /** @throws `conflict`, `operator_signature_invalid`, `malformed_input` */
  enrol(enrolment: EnrolmentInput, by: SignedRequest): Promise<OperatorView>;
  /** @throws `not_found`, `conflict` */
  remove(ref: string, by: SignedRequest): Promise<void>;
  /** @throws `operator_unknown`, `operator_signature_invalid` */
  verify(jws: string, seen: SeenRequest): Promise<SignedRequest>;
}

/** A running copy of an agent, tied to one key. */
export interface InstanceView {
  readonly ref: string;
  readonly agent: string;
  /** What its platform calls it; empty for one that joined by a code. */
  readonly name: string;
  readonly method: string;
  readonly assurance: string;
  readonly jkt: string;
  /** `unbound`: what vouched for it is not registered any more. */
  readonly state: "live" | "revoked" | "idle" | "unbound";
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Something that cannot be done, with every reason. */
export interface Refused {
  readonly kind: "refused";
  readonly problems: readonly { readonly path: string; readonly code: ErrorCode; readonly message: string }[];
}

/** What applying a document would do. */
export interface Proposal {
  readonly kind: "plan";
  readonly revision: number;
  toJson(): JsonObject;
  /** @throws `conflict` */
  apply(request: SignedRequest): Promise<void>;
}

/** One definition an upstream states. */
export interface LiveOperation {
  readonly kind: "tool" | "prompt" | "resource";
  readonly name: string;
  readonly digest: string;
  readonly definition: JsonObject;
}

/** How a live definition stands to the approved one. */
export interface LearnedOperation {
  readonly kind: LiveOperation["kind"];
  readonly name: string;
  readonly state: "new" | "same" | "changed" | "missing" | "unregistered";
  readonly approved?: string;
  readonly current?: string;
  readonly fields: readonly {
    readonly path: string;
    readonly before?: JsonValue;
    readonly after?: JsonValue;
  }[];
}

/** What an operator approves. */
export interface PinChoice {
  readonly kind: LiveOperation["kind"];
  readonly name: string;
  readonly digest: string;
}

/** The registry room. */
export interface RegistryPort {
  agent(id: string): AgentRecord | undefined;
  agents(): readonly AgentRecord[];
  servers(): readonly ServerRecord[];
  issuers(): readonly TrustedIssuer[];
  plan(input: {
    readonly document: RegistryDocument;
    readonly files?: readonly { readonly name: string; readonly text: string }[];
    readonly tests?: readonly PolicyTests[];
    readonly prune: boolean;
  }): Proposal | Refused;
  /** @throws `not_found`, `conflict` */
  changeLifecycle(
    change: { readonly id: string; readonly to: Exclude<Lifecycle, "registered">; readonly reason: string },
    request: SignedRequest,
  ): Promise<void>;
  /** @throws `not_found` */
  learned(server: string, definitions: readonly LiveOperation[]): readonly LearnedOperation[];
  /** @throws `not_found`, `conflict` */
  approvePins(
    approval: {
      readonly server: string;
      readonly choices: readonly PinChoice[];
      readonly definitions: readonly LiveOperation[];
    },
    request: SignedRequest,
  ): Promise<{ readonly kind: "pinned"; readonly approved: readonly PinChoice[] } | Refused>;
}

/**
 * What the admin API reads of the evidence.
 * Guarantee asked of it: what names a reader is a reading; its `read` leaf, with the reader's request, is durable before
 * the promise resolves (evidence E-2).
 */
export interface EvidencePort {
  /**
   * Newest first: ids and times, and where to go on.
   * @param page - `after` is a `next` of an earlier answer
   * @param reader - gets purposes as well, which are sealed
   */
  transactions(
    page: { readonly after?: string; readonly limit: number },
    reader?: SignedRequest,
  ): Promise<JsonValue>;
  /** The story of a transaction with its openings. @throws `not_found`, `evidence_unavailable` */
  transaction(id: string, reader: SignedRequest): Promise<JsonValue>;
  /** The proof bundle, byte for byte. @throws `not_found`, `evidence_unavailable` */
  bundle(id: string, reader: SignedRequest): Promise<Uint8Array>;
  /** The newest signed note. @throws `not_found` when nothing was published yet */
  checkpoint(): Promise<string>;
  /** One entry bundle of C2SP tlog-tiles. @throws `not_found`, `evidence_unavailable` */
  entries(at: { readonly index: number; readonly width: number }, reader: SignedRequest): Promise<Uint8Array>;
  /** Ranges over which no acceptance of the agent is recorded. @param agent - ref */
  quietRanges(agent: string): Promise<JsonValue>;
}

/** A witness to be asked to cosign checkpoints. */
export interface NewWitness {
  readonly url: string;
  /** Verifier key of the witness. */
  readonly key: string;
}

/** A witness that is asked to cosign checkpoints, and how it stands. */
export interface WitnessView extends NewWitness {
  /** Name in its verifier key. */
  readonly name: string;
  readonly source: "configuration" | "operator";
  /** What asking it gave last, since the server started. */
  readonly last: "cosigned" | "refused" | "unavailable" | "unasked";
  /** Leaves of the newest published head that it has not cosigned. */
  readonly behind: number;
  /** Its newest cosignature since the server started. */
  readonly cosignedSize?: number;
  readonly cosignedAtMs?: number;
}

/** Everything the admin API stands on; supplied by compose. */
export interface AdminPorts {
  /** Origin of this instance, for the part that is served over TCP. */
  readonly origin: string;
  /** Environment, versions, boot: whatever the process says of itself. */
  readonly status: () => JsonObject;
  /** The description of this API. */
  readonly openApi: () => JsonObject;
  readonly operators: OperatorsPort;
  readonly people: PeoplePort;
  /** Address of the page on which people make passkeys; absent where there is none. */
  readonly enrolAddress?: string;
  readonly registry: RegistryPort;
  /** What an upstream states now. @throws `not_found`, `upstream_unavailable`, `upstream_timeout`, `upstream_malformed` */
  readonly liveDefinitions: (server: string) => Promise<readonly LiveOperation[]>;
  /** A one-time code by which an instance of the agent enrols its own key. */
  readonly createJoinCode: (
    agent: AgentRecord,
    request: SignedRequest,
  ) => Promise<{ readonly code: string; readonly expiresAtMs: number }>;
  /** Instances of one agent, by its id. */
  readonly instances: (agent: string) => readonly InstanceView[];
  readonly mandates: {
    list(): readonly MandateRecord[];
    open(
      mandate: { readonly document: MandateDocument; readonly assertion?: string },
      request: SignedRequest,
    ): Promise<MandateRecord>;
    /** @throws `mandate_unknown` */
    close(id: string, request: SignedRequest): Promise<void>;
  };
  /** Revokes by ref, or by H(jti) for a token. */
  readonly revoke: (
    target: {
      readonly kind: RevocableKind;
      readonly id: string;
      readonly reason: string;
      readonly name?: string;
    },
    request: SignedRequest,
  ) => Promise<{ readonly feed: number; readonly epoch: number }>;
  /** Ref of a subject or other named thing; undefined when there is none. */
  readonly refOf: (kind: RevocableKind, name: string) => Promise<string | undefined>;
  /** Calls that wait for people, oldest first; none where there is no place to approve them. */
  readonly waitingCalls: () => readonly WaitingCallView[];
  /**
   * Asks people to say of the exact bytes of one answer that they carry less than is declared. Nothing falls before they
   * have signed. The reading of the transaction is recorded (E-2).
   * @throws `not_found`, `conflict` with the reason in words, `overloaded`, `malformed_input`, `evidence_unavailable`
   */
  readonly declassify: (
    asked: {
      readonly txn: string;
      /** Leaf id of the outcome. */
      readonly outcome: string;
      /** What the task is to carry afterwards. */
      readonly to: Label;
      readonly reason: string;
    },
    request: SignedRequest,
  ) => Promise<WaitingView>;
  readonly witnesses: {
    list(): readonly WitnessView[];
    /** @throws `malformed_input`, `conflict`, `overloaded` */
    add(witness: NewWitness, request: SignedRequest): Promise<void>;
    /** @param name - of the witness, or its verifier key. @throws `not_found`, `conflict` when it stands in the configuration */
    remove(name: string, request: SignedRequest): Promise<NewWitness>;
  };
  /** A one-time code that a person types to look at the pages, as this operator. */
  readonly issueViewerCode: (request: SignedRequest) => {
    readonly code: string;
    readonly expiresAtMs: number;
  };
  readonly evidence: EvidencePort;
  readonly overlays: OverlaysPort;
  readonly policies: PoliciesPort;
  readonly releases: ReleasesPort;
  readonly packs: ReleasePacksPort;
  readonly effects: EffectsPort;
  readonly evidencePacks: EvidencePacksPort;
  readonly retention: RetentionPort;
  readonly readiness: ReadinessPort;
  readonly drills: DrillsPort;
  /** Told of failures of our own. Never a body, a code or a signature. */
  /** Puts on record that a request of an operator was refused; bounded, and not waited for. */
  readonly recordRefusal: (refusal: {
    readonly code: ErrorCode;
    readonly method: string;
    /** Without the query. */
    readonly path: string;
  }) => void;
  readonly report: (failure: {
    readonly method: string;
    readonly path: string;
    readonly cause: unknown;
  }) => void;
}
