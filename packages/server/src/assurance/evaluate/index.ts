export {
  type Evaluations,
  openEvaluations,
  type RecordedEvaluation,
  type WaiverView,
} from "./evaluations.ts";
export type { EvaluatePorts, LogReader, OwnFacts } from "./ports.ts";
