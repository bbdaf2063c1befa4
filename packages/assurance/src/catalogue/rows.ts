import type { LoadLevel } from "@narrowgate/contracts";

/** `framework@version#id`: nothing is cited without the version it is of. */
export type ClauseRef = string;

/** What decides whether a control that is not at `pass` blocks. @see docs/spec/assurance.md section 1 */
export type Severity = {
  readonly rule: "block" | "warn";
  /** Where it warns, what makes it block for tier T3; where it blocks, what it is about. */
  readonly when?:
    | "secrets"
    | "sensitive_resources"
    | "spend_or_egress"
    | "state_changing_tools"
    | "tier_t3"
    | "unused_write"
    | "write_scopes";
};

/** How old evidence may be, in seconds, for what is watched all the time and for drills. */
export type EvidenceAge = {
  readonly continuous_s?: number;
  readonly drill_s?: number;
  /** It is of one release, or of one build, and of no other. */
  readonly per?: "release" | "build";
};

/** The clauses that a control's evidence bears on. The pairing is this project's judgement. */
export type ControlClauses = {
  /** Its own evidence answers the clause for the agents of this instance. */
  readonly direct: readonly ClauseRef[];
  /** It contributes. */
  readonly supports: readonly ClauseRef[];
  /** Architectural layer where it acts: a place, no requirement. */
  readonly layers: readonly ClauseRef[];
  /** Only where a legal test is met that this product cannot make. */
  readonly conditional: readonly ClauseRef[];
  /** Technical specifications the check uses. */
  readonly anchors: readonly ClauseRef[];
};

/** A control as the catalogue has it. */
export type CatalogueControl = {
  readonly id: string;
  readonly family: string;
  readonly title: string;
  readonly statement: string;
  readonly evidence: EvidenceAge;
  readonly severity: Severity;
  readonly non_waivable: boolean;
  readonly drills: readonly string[];
  readonly clauses: ControlClauses;
};

/** A drill as the catalogue has it. */
export type CatalogueDrill = {
  readonly id: string;
  readonly name: string;
  readonly theme: string;
  /** The load at which it counts as evidence of scale. */
  readonly load: LoadLevel;
  readonly does: string;
  readonly expects: string;
  readonly evidences: readonly string[];
  /** Why it cannot be made to happen in this version. */
  readonly absent?: string;
};

/** What a reviewer asks, and the artefact that answers. */
export type ReviewerQuestion = {
  readonly n: number;
  readonly question: string;
  readonly artefact: string;
  readonly controls: readonly string[];
  /** Question ids of the CSA AI-CAIQ 1.1.0. */
  readonly aicaiq: readonly string[];
};

/** How an id was checked: in a text of the publisher, in a text that restates it, or not at all. */
export const READINGS = ["primary", "secondary", "prior"] as const;

/** A clause that may be cited. */
export type Clause = {
  readonly id: string;
  readonly verified: boolean;
  readonly read: (typeof READINGS)[number];
  /** Where the licence lets it be shipped. */
  readonly title?: string;
  /** Where it was read, when that is not the framework's own source. */
  readonly source?: string;
};

/** A framework in one version. */
export type Framework = {
  readonly key: string;
  readonly version: string;
  readonly name: string;
  readonly edition: string;
  readonly source: string;
  readonly licence: string;
  /** Not final: to be said wherever it is cited. */
  readonly draft: boolean;
  readonly clauses: readonly Clause[];
};

/** Everything that controls, drills and reports refer to. */
export type Catalogue = {
  readonly families: { readonly [family: string]: string };
  readonly controls: readonly CatalogueControl[];
  readonly loads: { readonly [load: string]: string };
  readonly drills: readonly CatalogueDrill[];
  readonly questions: readonly ReviewerQuestion[];
  readonly frameworks: readonly Framework[];
};
