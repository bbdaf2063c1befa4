export {
  type AttributeChange,
  type DecidingPolicy,
  type Explanation,
  explainDenial,
  MAX_TRIED,
} from "./explain-denial.ts";
