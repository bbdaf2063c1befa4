import { joinLabels, type Label } from "@narrowgate/contracts";
import type { Approvals } from "../approvals/index.ts";
import type { ApprovalReader, CallQuestion, FlowReader } from "../decisions/ports.ts";
import type { ApprovalDesk } from "../gateway/index.ts";

type Asking = Pick<CallQuestion, "mandate" | "claims">;

/** What transaction and instance have read: the same that the decision of the call knows. */
function readBy({ mandate, claims }: Asking, flow: FlowReader): Label {
  const { transaction, instance } = flow.labels({ mandate, instance: claims.ng.instance });
  return joinLabels(transaction.label, instance.label);
}

/** Approvals as decisions read them. */
export function approvalsInDecisions(approvals: Approvals, flow: FlowReader): ApprovalReader {
  return {
    held: (question) =>
      question.isResumed === true ? [] : approvals.held(question, () => readBy(question, flow)),
  };
}

/** Approvals as the gate asks for them, and uses them up. */
export function approvalsInGateway(approvals: Approvals, flow: FlowReader): ApprovalDesk {
  return {
    ask: (call, why) => approvals.ask({ call, read: readBy(call, flow), ...why }),
    take: ({ claims }, entries) => approvals.take(claims.txn, entries),
  };
}
