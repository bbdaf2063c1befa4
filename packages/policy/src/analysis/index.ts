export {
  type Analysis,
  analysePolicies,
  type Finding,
  type FindingKind,
  MAX_ANALYSED,
  type Reaches,
  type Undecided,
} from "./analyse.ts";
export { type CeilingSource, ceilingReach } from "./ceiling-reach.ts";
export { diffPolicies, type PolicyDifference } from "./diff-policies.ts";
export {
  type AttributeChange,
  type DecidingPolicy,
  type Explanation,
  explainDenial,
  MAX_TRIED,
} from "./explain-denial.ts";
export { type SchemaPath, type SchemaWords, schemaWords } from "./schema-words.ts";
