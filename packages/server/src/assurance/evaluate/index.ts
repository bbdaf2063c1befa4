export type { ClosedTransaction, TransactionsOf } from "./closed-transactions.ts";
export { type EvaluatorIdentity, openEvaluator } from "./evaluate-log.ts";
export {
  type Evaluations,
  openEvaluations,
  type RecordedEvaluation,
  type WaiverView,
} from "./evaluations.ts";
export { type FoldKeys, fileKeeper } from "./keep-fold.ts";
export type {
  EvaluatePorts,
  Evaluator,
  LogReader,
  NamedLeaf,
  Noticed,
  OfRelease,
  OpenedLeaf,
  OwnFacts,
} from "./ports.ts";
