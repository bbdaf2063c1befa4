import type { ApprovalBody, LeafDraft } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import { type ApprovalRequest, digestOf, isDeclassification } from "./approval-request.ts";

/** A leaf about a request. @see docs/spec/evidence.md section 4 (`approval`) */
export function leafOf(
  { id, action, agentRef }: ApprovalRequest,
  what: ApprovalBody["action"],
  more: JsonObject = {},
): LeafDraft {
  return {
    type: "approval",
    txn: action.txn,
    agent: agentRef,
    body: {
      action: what,
      approval: id,
      kind: isDeclassification(action) ? "declassify" : "call",
      digest: digestOf(action),
      ...more,
    },
  };
}
