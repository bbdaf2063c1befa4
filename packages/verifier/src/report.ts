import type { LeafType } from "@narrowgate/contracts";

/** How far everything that was checked can be relied on (E-25). */
export type Standing = "verified" | "verified, unwitnessed" | "self-consistent";

/** What a verification found, in one word (E-25). `open`: all that is here holds, and the transaction may have gone on. */
export type Verdict = Standing | "open" | "failed";

/** How far a line of the story can be believed (E-26). */
export type LineStatus = "proven" | "signed" | "claimed" | "erased" | "missing";

/** A rule that does not hold. `rule` is a number of docs/spec/evidence.md. */
export interface Failure {
  readonly rule: string;
  /** Leaf id, when one leaf is at fault. */
  readonly entry?: string;
  /** Our own words; text from the bundle appears only in a bounded, cleaned form. */
  readonly message: string;
}

/** One line of the story, in log order. */
export interface StoryLine {
  readonly entry: string;
  /** Unix milliseconds; the writer's claim. */
  readonly atMs: number;
  readonly kind: LeafType;
  /** What happened, for a person; parts to be joined by blanks. Free text from the bundle is cleaned of controls. */
  readonly text: readonly string[];
  readonly status: LineStatus;
  /** Who signed it, when `status` is `signed`. */
  readonly by?: string;
}

/** What became of the decisions. They add up to all decisions of the bundle that fail no rule. */
export interface DecisionCounts {
  readonly recomputed: number;
  readonly refusedBeforePolicy: number;
  /** Inputs erased or missing, or a procedure that is not shipped or not trusted. */
  readonly notRecomputed: number;
}

/** Where the inputs of decisions come from (E-9); what is derived and cannot be compared counts as the gate's (E-28). */
export interface ProvenanceCounts {
  readonly derived: number;
  readonly signed: number;
  readonly gate: number;
}

/** The result of verifying one bundle. */
export interface Report {
  readonly verdict: Verdict;
  /** Exactly when the verdict is `open`: what it would be of a transaction that ends here. */
  readonly upToHere?: Standing;
  /** Empty unless the verdict is `failed`; the first is the first rule that failed. At most 100. */
  readonly failures: readonly Failure[];
  /** Lines of the story by status. */
  readonly counts: Readonly<Record<LineStatus, number>>;
  readonly decisions: DecisionCounts;
  readonly provenance: ProvenanceCounts;
  readonly story: readonly StoryLine[];
  /** What is true but limits the verdict, one sentence each. */
  readonly notes: readonly string[];
  /** What the bundle is about: a transaction, or a release by its digest. */
  readonly txn?: string;
  readonly release?: string;
  readonly log?: { readonly origin: string; readonly size: number };
  /** Witnesses of the trust file that cosigned, with their own times in Unix seconds. */
  readonly witnesses: readonly { readonly name: string; readonly time: number }[];
  /** Milliseconds by phase; informative. */
  readonly timings: Readonly<Record<string, number>>;
}
