export { type CompileOutcome, compilePolicies } from "./compile-policies.ts";
export {
  type CompiledPolicies,
  type CompiledPolicy,
  MAX_MEMO_CHARS,
  MAX_MEMO_ENTRIES,
  type Slice,
} from "./compiled-policies.ts";
export type {
  DecisionRequest,
  DenialCode,
  EntityRecord,
  EntityRef,
  EvaluationError,
  PolicyBundle,
  PolicyDecision,
  PolicyProblem,
} from "./decision.ts";
export { createEngine, type PolicyEngine } from "./engine.ts";
export {
  compileOverlays,
  type DecidingFace,
  forbiddenBy,
  type Overlay,
  type OverlayOutcome,
  overlaid,
} from "./overlays.ts";
export { policiesFor } from "./policies-for.ts";
export { MAX_PREPARSED_POLICIES, MAX_PREPARSED_SETS } from "./preparsed-sets.ts";
export { DECISION_PROCEDURE_VERSION } from "./procedure.ts";
export { isTestFile } from "./profile-schema.ts";
export type { Obligations } from "./read-annotations.ts";
export type { ReadSet } from "./read-set.ts";
export {
  type RegisteredTool,
  type RegistrySchema,
  type RegistrySchemaInput,
  schemaFromRegistry,
} from "./registry-schema.ts";
