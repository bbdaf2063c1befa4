import { readLabel } from "@narrowgate/contracts";
import { type JsonObject, readObject, readString } from "@narrowgate/kernel";
import { okAnswer } from "../platform/http/json-answer.ts";
import type { WaitingCallView } from "./ports/approvals-port.ts";
import { param, readSentence } from "./read-values.ts";
import type { Route } from "./route.ts";

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
  {
    method: "POST",
    path: "/transactions/{id}/declassifications",
    access: "signed",
    async handle(request, { declassify }) {
      const { outcome, to, reason } = readObject(request.body, "", ["outcome", "to", "reason"]);
      const waiting = await declassify(
        {
          txn: param(request, "id"),
          outcome: readString(outcome, "/outcome", { min: 22, max: 22 }),
          to: readLabel(to, "/to"),
          reason: readSentence(reason, "/reason"),
        },
        request.signer,
      );
      const { requires, notAfterMs, ...rest } = waiting;
      return okAnswer({ ...rest, requires: [...requires], not_after_ms: notAfterMs }, 201);
    },
  },
];
