export type { ClosedTransaction, TransactionsOf } from "./closed-transactions.ts";
export {
  type Evaluations,
  openEvaluations,
  type RecordedEvaluation,
  type WaiverView,
} from "./evaluations.ts";
export type { EvaluatePorts, LogReader, Noticed, OwnFacts } from "./ports.ts";
