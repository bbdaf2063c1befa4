import type { World } from "@narrowgate/assurance";
import type {
  AgentRecord,
  EvidenceSink,
  Leaf,
  ReleaseManifest,
  SealedPart,
  StateReader,
} from "@narrowgate/contracts";
import type { Clock } from "@narrowgate/kernel";
import type { TransactionsOf } from "./closed-transactions.ts";

/** The log as controls are folded over it. */
export interface LogReader {
  readonly origin: string;
  /** Leaves that are durable now. */
  size(): number;
  /** Waits until all that was recorded is durable, and gives the head that covers it. */
  head(): Promise<{ readonly size: number; readonly root: string }>;
  /** Leaves in their order, at most `count`. */
  page(from: number, count: number): Promise<readonly { readonly index: number; readonly leaf: Leaf }[]>;
  /** What can be opened of a leaf, as JSON; a part that was erased is not there. */
  open(index: number, id: string): Promise<{ readonly [P in SealedPart]?: unknown }>;
}

/** A request of an operator whose signature was verified. */
export interface SignedRequest {
  /** Ref of the operator. */
  readonly operator: string;
  /** The exact compact JWS. */
  readonly jws: string;
}

/** What the author and platforms say of a workload. */
export type Stated = Pick<ReleaseManifest, "attested" | "declared">;

/** What the room itself gives to the world that controls look at. */
export type OwnFacts = Pick<World, "drills" | "waivers" | "log" | "at" | "selfTest"> &
  // Another profile than the deployment names, where one was asked for.
  Partial<Pick<World, "profile">>;

/** What was noticed of an agent as the log was folded: from it others gather facts. */
export interface Noticed {
  /** Refs of the operators whose signatures stand under its registration, the policies and the proposed release. */
  readonly wrote: readonly string[];
  readonly transactionsIn: (window: { readonly from: number; readonly to: number }) => TransactionsOf;
}

/** What the room needs; supplied by compose. */
export interface EvaluatePorts {
  readonly clock: Clock;
  readonly evidence: EvidenceSink;
  readonly state: StateReader;
  readonly log: LogReader;
  /** Digest of the code that runs. */
  readonly build: string;
  /** Digest of the code that evaluates. */
  readonly evaluator: string;
  /** How many of these transactions the offline verifier was run over, and how many of them it refused. */
  readonly verifiedOf: (transactions: TransactionsOf) => {
    readonly verified: number;
    readonly unverified: number;
  };
  /** What stands in the plane and not in the log, for one agent. @throws `policy_missing` */
  readonly world: (agent: AgentRecord, stated: Stated, own: OwnFacts, noticed: Noticed) => Promise<World>;
}
