import type {
  AccessTokenClaims,
  AgentRecord,
  Label,
  MandateRecord,
  ServerRecord,
  ToolRecord,
} from "@narrowgate/contracts";
import type { Clock, JsonObject } from "@narrowgate/kernel";
import type { DecidingFace } from "@narrowgate/policy";

/** What the decisions room needs; supplied by compose. */
export interface DecisionPorts {
  readonly clock: Clock;
  readonly env: "dev" | "staging" | "prod";
  /**
   * The policies that decide: those of the release that a token names, where it names one, else those in force.
   * @param deployment - digest of the release as deployed
   * @throws NarrowgateError `policy_missing` when there are none: no policy, no permit
   */
  readonly policies: (deployment: string | undefined) => {
    readonly compiled: DecidingFace;
    readonly procedure: string;
    /** Ids of the overlays that stand over them, sorted. */
    readonly overlays: readonly string[];
  };
  readonly flow: FlowReader;
  readonly approvals: ApprovalReader;
}

/** A label, and the leaf it follows from. One object for as long as neither changes. */
export interface KnownLabel {
  readonly label: Label;
  readonly entry: string;
}

/** Labels before a call. @see docs/spec/evidence.md E-29 */
export interface KnownLabels {
  readonly transaction: KnownLabel;
  readonly instance: KnownLabel;
  readonly declared: KnownLabel;
  readonly store?: KnownLabel;
}

/** What a transaction has spent. @see docs/spec/evidence.md E-30 */
export interface KnownSpent {
  readonly amount: number;
  readonly calls: number;
  readonly rows: number;
}

/** What the flow room knows. Synchronous. */
export interface FlowReader {
  labels(
    task: { readonly mandate: Pick<MandateRecord, "txn" | "entry">; readonly instance: string },
    operation?: { readonly server: ServerRecord; readonly record: ToolRecord },
  ): KnownLabels;
  spent(txn: string): KnownSpent;
}

/** An approval that holds for exactly this call. */
export interface HeldApproval {
  /** Leaf id. */
  readonly entry: string;
  /** `role#n`. */
  readonly requirement: string;
}

/** What the approvals room knows. Synchronous. */
export interface ApprovalReader {
  /** Sorted by requirement, none twice. */
  held(question: CallQuestion): readonly HeldApproval[];
}

/** One operation of one server, as it is about to be decided. Everything but `name` and `arguments` is ours. */
export interface CallQuestion {
  readonly claims: AccessTokenClaims;
  readonly agent: AgentRecord;
  readonly mandate: MandateRecord;
  readonly server: ServerRecord;
  readonly kind: "tool" | "resource" | "prompt";
  readonly name: string;
  readonly record: ToolRecord;
  readonly arguments: JsonObject;
  readonly pin: { readonly current: string; readonly approved: string };
  readonly bodySigned: boolean;
  /** It carries answers to what the upstream asked: bytes that no approval covers. */
  readonly isResumed?: boolean;
}
