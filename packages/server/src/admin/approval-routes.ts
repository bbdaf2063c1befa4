import type { JsonObject } from "@narrowgate/kernel";
import { okAnswer } from "../platform/http/json-answer.ts";
import type { Route } from "./route.ts";

/** A call that waits for people, as an operator's list has it: no argument of it stands here. */
export interface WaitingCallView {
  readonly id: string;
  /** Transaction the call belongs to. */
  readonly txn: string;
  readonly agent: string;
  readonly subject: string;
  /** What its mandate is for; whoever opened it wrote it. */
  readonly purpose: string;
  readonly server: string;
  /** Kind and name. */
  readonly operation: string;
  readonly effect: string;
  /** `role#n`, sorted. */
  readonly requires: readonly string[];
  /** Those that nobody has signed for. */
  readonly missing: readonly string[];
  readonly askedAtMs: number;
  readonly notAfterMs: number;
  /** Where it is answered; who has it can read the call, and sign only with a passkey of their own. */
  readonly url: string;
}

function waitingJson({ requires, missing, askedAtMs, notAfterMs, ...rest }: WaitingCallView): JsonObject {
  return {
    ...rest,
    requires: [...requires],
    missing: [...missing],
    asked_at_ms: askedAtMs,
    not_after_ms: notAfterMs,
  };
}

/** What waits for people. Nothing is approved here: that takes a passkey, at the approval origin. */
export const approvalRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/approvals",
    access: "local",
    handle: (_, { waitingCalls }) => okAnswer({ approvals: waitingCalls().map(waitingJson) }),
  },
];
