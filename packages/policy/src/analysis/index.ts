export {
  type Analysis,
  analysePolicies,
  type Finding,
  type FindingKind,
  MAX_ANALYSED,
  type Reaches,
  type Undecided,
} from "./analyse.ts";
export {
  type AttributeChange,
  type DecidingPolicy,
  type Explanation,
  explainDenial,
  MAX_TRIED,
} from "./explain-denial.ts";
