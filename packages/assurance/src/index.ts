export {
  type Catalogue,
  type CatalogueControl,
  catalogue,
  catalogueDigest,
  rowOf,
} from "./catalogue/catalogue.ts";
export { type Citation, cite, claimedClauses, lintCatalogue, lintClauses } from "./catalogue/lint-clauses.ts";
export { readControls, readDrills, readFrameworks, readQuestions } from "./catalogue/read-catalogue.ts";
export type {
  CatalogueDrill,
  Clause,
  ClauseRef,
  ControlClauses,
  EvidenceAge,
  Framework,
  ReviewerQuestion,
  Severity,
} from "./catalogue/rows.ts";
export { controls } from "./controls/all.ts";
export { judgedProposal } from "./controls/proposal.ts";
export { EVALUATOR_DIGEST } from "./evaluator/evaluator-digest.ts";
export { ageResults } from "./fold/age-results.ts";
export type { Control, Finding, Limits } from "./fold/control.ts";
export { createFold, type Fold, type FoldKey, type Found, restoreFold } from "./fold/create-fold.ts";
export { newestDrill } from "./fold/drill-part.ts";
export { blockingControls, blocks, evaluate, isGood, isInForce } from "./fold/evaluate.ts";
export type { Known, KnownHolds } from "./fold/known.ts";
export {
  absentControl,
  type LeafRule,
  leafControl,
  nothingFound,
  worldControl,
} from "./fold/leaf-control.ts";
export { isDrawn, missBound } from "./fold/sample.ts";
export { type Entry, isSeen, type Open, own, type Seen, type Want } from "./fold/seen.ts";
export type { Cell, Observation, Tally } from "./fold/tally.ts";
export type {
  AgeBand,
  GateFacts,
  HeadFacts,
  JudgedAgent,
  RecordedDrill,
  ReplayFacts,
  RetentionFacts,
  SelfTest,
  TestedPack,
  World,
} from "./fold/world.ts";
export { foundation, full } from "./profiles/profiles.ts";
export { type Answer, answerQuestions } from "./report/answers.ts";
export {
  buildReport,
  type ReadinessReport,
  type ReportedControl,
  type ReportedDrill,
  type ReportedFamily,
  type ReportedFinding,
} from "./report/build-report.ts";
export type { Grade, GradedClause, GradedFramework } from "./report/clause-grades.ts";
export { type Assumptions, type Figure, readAssumptions } from "./report/economics.ts";
export { formatHtml } from "./report/format-html.ts";
export { formatOscal, OSCAL_VERSION } from "./report/format-oscal.ts";
export { formatText, type Paint, type TextOptions } from "./report/format-text.ts";
export { MATURITY, type Maturity } from "./report/maturity.ts";
export type { Usage, UsageRow } from "./report/usage.ts";
export { selfTest } from "./self-test/self-test.ts";
