export {
  type AnswerRise,
  type Flow,
  type FlowChange,
  type FlowQuestion,
  type FlowSnapshot,
  openFlow,
  type PermittedCall,
} from "./flow.ts";
export { type KeptLabel, LABEL_ROOM } from "./labels.ts";
export { type LoggedEntry, type ReadAnswer, readAnswer, saysMoreWasRead } from "./read-answer.ts";
export type { Spent } from "./spent.ts";
