import type { KnownHolds, SelfTest, World } from "@narrowgate/assurance";
import type {
  AgentRecord,
  Evaluation,
  EvidenceSink,
  Leaf,
  ReleaseManifest,
  SealedPart,
  StateReader,
} from "@narrowgate/contracts";
import type { Clock } from "@narrowgate/kernel";
import type { TransactionsOf } from "./closed-transactions.ts";
import type { CountedWork } from "./work-tally.ts";

/** The log as controls are folded over it. */
export interface LogReader {
  readonly origin: string;
  /** Leaves that are durable now. */
  size(): number;
  /** Leaves in their order, at most `count`. */
  page(from: number, count: number): Promise<readonly { readonly index: number; readonly leaf: Leaf }[]>;
  /** What can be opened of these leaves, one for each. */
  open(leaves: readonly NamedLeaf[]): Promise<readonly OpenedLeaf[]>;
  /** Root of the tree of the first `size` leaves, base64url. */
  rootAt(size: number): Promise<string>;
}

/** Where the log ends. */
export interface LogHead {
  readonly origin: string;
  /** Leaves that are durable now. */
  size(): number;
  /** Waits until all that was recorded is durable, and gives the head that covers it. */
  head(): Promise<{ readonly size: number; readonly root: string }>;
}

/** A leaf by its id, and where it stands. */
export interface NamedLeaf {
  readonly index: number;
  readonly id: string;
}

/** The parts of a leaf that could be opened, as JSON; one that was erased is not there. */
export type OpenedLeaf = { readonly [P in SealedPart]?: unknown };

/** An agent by its ref, and the digest of a release of it. */
export type OfRelease = { readonly ref: string; readonly release: string };

/**
 * Folds the log and evaluates, beside the work of the plane: one thing at a time, each asked for when the former is done.
 * It begins where it was when it was last closed, if nothing of what it stands on has changed.
 */
export interface Evaluator {
  /** Takes every leaf before `size`, unless it is closed. */
  catchUp(size: number): Promise<void>;
  /** @see LogFollower.writersOf */
  writersOf(of: OfRelease): Promise<readonly string[]>;
  /** Where legal holds stood, and what was erased while any did. */
  holds(): Promise<KnownHolds>;
  /** An agent's transactions that have ended, by its ref. */
  transactionsOf(ref: string, window: World["window"]): Promise<TransactionsOf>;
  /** What an agent did, by its ref, as far as the log was folded. */
  workOf(ref: string, window: World["window"]): Promise<CountedWork & { readonly busiestMinute: number }>;
  /** Tries each control on the logs that must turn it red and green; the answer is one for a build. */
  selfTest(): Promise<SelfTest>;
  /** @throws `internal_error` when the fold is not at the head the world speaks of */
  evaluate(world: World): Promise<Evaluation>;
  /** Takes nothing more, keeps what is known, and ends. */
  close(): Promise<void>;
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
  Partial<Pick<World, "profile" | "tested">>;

/** What was noticed of an agent as the log was folded: from it others gather facts. */
export interface Noticed {
  /** Refs of the operators whose signatures stand under its registration, the policies and the proposal of a release. */
  readonly writersOf: (release: string) => Promise<readonly string[]>;
  readonly transactionsIn: (window: World["window"]) => Promise<TransactionsOf>;
  readonly holds: () => Promise<KnownHolds>;
}

/** What the room needs; supplied by compose. */
export interface EvaluatePorts {
  readonly clock: Clock;
  readonly evidence: EvidenceSink;
  readonly state: StateReader;
  readonly log: LogHead;
  readonly evaluator: Evaluator;
  /** Digest of the code that runs. */
  readonly build: string;
  /** How many of these transactions the offline verifier was run over, and how many of them it refused. */
  readonly verifiedOf: (transactions: TransactionsOf) => {
    readonly verified: number;
    readonly unverified: number;
  };
  /** What stands in the plane and not in the log, for one agent. @throws `policy_missing` */
  readonly world: (agent: AgentRecord, stated: Stated, own: OwnFacts, noticed: Noticed) => Promise<World>;
}
