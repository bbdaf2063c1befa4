export { type Approvals, openApprovals } from "./approvals.ts";
export type { AskedDeclassification, WaitingDeclassification } from "./ask-declassification.ts";
export type { Asked, NotAsked, Question } from "./ask-people.ts";
export type { DescribedRequest, ListedRequest } from "./describe-request.ts";
export type { Held, TakenChange } from "./held-approvals.ts";
export { type ApprovalPagePorts, createApprovalPage } from "./page/approval-page.ts";
export {
  type ApprovalBounds,
  type ApprovalNews,
  type ApprovalPorts,
  type AskedCall,
  DEFAULT_BOUNDS,
  type Declassifiable,
  type Signer,
  type Signers,
  type SigningKey,
} from "./ports.ts";
export { readWebhookSecret } from "./webhooks/sign-message.ts";
export { createWebhooks, type Webhooks } from "./webhooks/webhooks.ts";
