export {
  type AnswerRise,
  type Flow,
  type FlowChange,
  type FlowQuestion,
  type FlowSnapshot,
  openFlow,
  type PermittedCall,
} from "./flow.ts";
export type { KeptLabel } from "./labels.ts";
export type { Spent } from "./spent.ts";
