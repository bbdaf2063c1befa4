import type { ChangedDecision, PolicyFiles, PolicySurroundings } from "@narrowgate/contracts";
import type { Analysis, PolicyDifference, SchemaWords } from "@narrowgate/policy/analysis";
import type { TestReport } from "@narrowgate/policy/testing";
import type { JudgedCounts } from "@narrowgate/verifier";

/** A file somebody edits: Cedar, or tests. */
export interface CandidateFile {
  readonly name: string;
  readonly text: string;
}

/** What the worker is asked. */
export type BenchOrder =
  /** Compile, compare, run tests; and then analyse. */
  | {
      readonly kind: "check";
      readonly bundle: PolicyFiles;
      /** What it is compared with. */
      readonly before: PolicyFiles | undefined;
      readonly tests: readonly CandidateFile[];
      readonly surroundings: PolicySurroundings;
      /** Whether to say first what the schema lets policies write. */
      readonly wantsWords: boolean;
    }
  /** Decide recorded requests again; the worker reads them of the server. */
  | { readonly kind: "what-if"; readonly bundle: PolicyFiles; readonly sinceMs: number };

/** Something that is wrong, and where. */
export interface Problem {
  readonly file: string;
  /** One-based. */
  readonly line?: number;
  readonly policy?: string;
  readonly message: string;
}

/** A policy, as a person reads it. */
export interface PolicySheet {
  readonly id: string;
  readonly effect: "permit" | "forbid";
  readonly reason: string | undefined;
  /** What its annotations demand, in words. */
  readonly demands: readonly string[];
  readonly text: string;
}

/** What compiling and testing gave. */
export type PolicyCheck =
  | { readonly state: "rejected"; readonly problems: readonly Problem[] }
  | {
      readonly state: "compiled";
      readonly digest: string;
      readonly policies: readonly PolicySheet[];
      readonly warnings: readonly Problem[];
      /** Absent where there is nothing to compare with. */
      readonly differences?: readonly PolicyDifference[];
      /** Whether it is compiled under another schema than what it is compared with: tools were approved between. */
      readonly isSchemaOther: boolean;
      readonly report: TestReport;
      /** Files of tests that cannot be read. */
      readonly testProblems: readonly string[];
    };

/** What deciding again gave so far. */
export interface WhatIf {
  readonly digest: string;
  readonly counts: JudgedCounts;
  /** What overlays forbade, which stays forbidden under any candidate: by the leaf id of each, how many. */
  readonly forbidden: readonly (readonly [overlay: string, count: number])[];
  /** The newest that differ, in log order; never more than are kept. */
  readonly changes: readonly ChangedDecision[];
  /** Changes that are not kept any more. */
  readonly left: number;
  /** Decisions whose inputs are not there any more. */
  readonly undisclosed: number;
}

/** What the worker says. The last answer to an order is `done`, or one that says why there is none. */
export type BenchAnswer =
  | { readonly kind: "checked"; readonly check: PolicyCheck }
  | { readonly kind: "analysed"; readonly analysis: Analysis }
  | { readonly kind: "words"; readonly words: SchemaWords }
  | { readonly kind: "judged"; readonly whatIf: WhatIf }
  | { readonly kind: "done" }
  | { readonly kind: "rejected"; readonly problems: readonly Problem[] }
  | { readonly kind: "signed-out" }
  | { readonly kind: "failed"; readonly message: string };
