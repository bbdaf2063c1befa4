// Whoever verifies needs the engine the verifier ships, and nothing else of policy.
export { createEngine, type PolicyEngine } from "@narrowgate/policy";
export {
  ContainedGlasses,
  type ContainmentFault,
  type ContainmentLeaf,
  concernsContainment,
} from "./contained-glasses.ts";
export type { VerifierCrypto } from "./crypto.ts";
export { type SubtleVerifier, webCrypto } from "./crypto.web.ts";
export type { VerifyOptions } from "./evidence.ts";
export type { ReportForms, ReportMaker } from "./evidence-pack/check-reports.ts";
export type { CheckedTransactions } from "./evidence-pack/check-transactions.ts";
export {
  type EvidencePackOptions,
  type EvidencePackReport,
  verifyEvidencePack,
} from "./evidence-pack/verify-evidence-pack.ts";
export { GlassTokens } from "./glass-tokens.ts";
export { shippedProcedures } from "./procedures.ts";
export { MAX_BUNDLE_BYTES } from "./read-bundle.ts";
export type {
  DecisionCounts,
  Failure,
  LineStatus,
  ProvenanceCounts,
  Report,
  StoryLine,
  Verdict,
} from "./report.ts";
export { type FormatOptions, formatReport, tellStory } from "./story/format-report.ts";
export { verifyBundle } from "./verify-bundle.ts";
export { type PackReport, type ProvenDrill, verifyPack } from "./verify-pack.ts";
export { decisionRequestOf } from "./what-if/decision-request.ts";
export {
  CandidateJudge,
  type DecisionChange,
  type JudgedCounts,
  type Outcome,
} from "./what-if/judge-candidate.ts";
export {
  type Forbidding,
  type OverlayById,
  overlaysAgainst,
  overlaysOver,
} from "./what-if/over-history.ts";
export {
  type RecordedDecision,
  type RecordedTransaction,
  readRecordedTransaction,
  recordedDecision,
} from "./what-if/recorded-decisions.ts";
