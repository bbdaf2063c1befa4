import { type ApprovalBody, actionDigest, type LeafDraft } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import { nodeSha256 } from "../platform/crypto-hash/sha256.ts";
import type { ApprovalRequest } from "./approval-request.ts";

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
    body: { action: what, approval: id, kind: "call", digest: actionDigest(nodeSha256, action), ...more },
  };
}
