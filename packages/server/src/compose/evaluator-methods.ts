import type { World } from "@narrowgate/assurance";
import type { TrustFile } from "@narrowgate/contracts";
import type { Evaluator, NamedLeaf, OfRelease } from "../assurance/evaluate/index.ts";
import type { OpenedParts } from "../evidence/openings.ts";
import type { VerifiedTransaction } from "./verify-transaction.ts";

/** What the evaluator's thread is started with. */
export interface EvaluatorStart {
  readonly origin: string;
  /** Digest of all code that runs. */
  readonly build: string;
  /** Where what was folded is kept. */
  readonly path: string;
}

type Of = { readonly ref: string; readonly window: World["window"] };

/** What the evaluator's thread is asked. */
export type EvaluatorMethods = {
  readonly catchUp: (size: number) => Promise<void>;
  readonly writersOf: (of: OfRelease) => ReturnType<Evaluator["writersOf"]>;
  readonly holds: (nothing: null) => ReturnType<Evaluator["holds"]>;
  readonly transactionsOf: (of: Of) => ReturnType<Evaluator["transactionsOf"]>;
  readonly workOf: (of: Of) => ReturnType<Evaluator["workOf"]>;
  readonly selfTest: (nothing: null) => ReturnType<Evaluator["selfTest"]>;
  readonly evaluate: (world: World) => ReturnType<Evaluator["evaluate"]>;
  readonly verify: (bundle: {
    readonly txn: string;
    readonly bytes: Uint8Array;
    readonly trust: TrustFile;
  }) => Promise<VerifiedTransaction>;
  readonly close: (nothing: null) => Promise<void>;
};

/** What the evaluator's thread asks of those who hold log and keys. */
export type PlaneMethods = {
  readonly size: (nothing: null) => number;
  /** Leaves from an index on, at most so many: their bytes as one JSON array. */
  readonly page: (range: { readonly from: number; readonly count: number }) => Promise<Uint8Array>;
  readonly open: (leaves: readonly NamedLeaf[]) => Promise<readonly OpenedParts[]>;
  readonly rootAt: (size: number) => Promise<string>;
  readonly makeKey: (nothing: null) => { readonly key: Uint8Array; readonly wrapped: Uint8Array };
  readonly unwrapKey: (wrapped: Uint8Array) => Uint8Array | undefined;
  readonly report: (what: string) => void;
};
