import {
  type BoundedSchema,
  isBoundedAnswer,
  lookAtAnswer,
  type ResponseRule,
  responseRuleDigest,
  ruleLabel,
  rulesFor,
  TOP_LABEL,
} from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import { nodeSha256 } from "../../platform/crypto-hash/sha256.ts";
import type { AnswerRise } from "../ports.ts";
import type { Committed, Forwarded } from "../stages.ts";
import type { UpstreamReply } from "../upstream/upstream.ts";

/** Response rules that are about the operation of a call; a list has none, for what is in it was approved. */
export function rulesOfCall({ resolved }: Committed): readonly ResponseRule[] {
  const { operation, authenticated } = resolved;
  if (operation.treatment === "listed") return [];
  return rulesFor(authenticated.received.exchange.server.responseRules, operation);
}

function answerOf(reply: UpstreamReply): JsonObject | undefined {
  if (reply.kind === "result") return reply.result;
  return reply.kind === "error" ? { ...reply.error } : undefined;
}

/** What the operation can answer at most, where it is a sanitiser. */
function boundOf({ resolved }: Committed): BoundedSchema | undefined {
  const { operation } = resolved;
  return operation.treatment === "listed" ? undefined : operation.record.sanitisedOutput;
}

/**
 * What of progress may reach the caller beside the answer: no words where they would carry what nobody looked at, and of a
 * sanitiser not even numbers, for a row of them is a text.
 */
export function progressAllowed(committed: Committed): "words" | "numbers" | "nothing" {
  if (boundOf(committed) !== undefined) return "nothing";
  return rulesOfCall(committed).length === 0 ? "words" : "numbers";
}

/**
 * What response rules add to what the operation declares.
 * INVARIANT: an answer that rules cannot look at as a whole carries the most there is.
 * Trust: the answer is the upstream's.
 * @see docs/spec/evidence.md E-29
 */
export function labelAnswer({ committed, reply }: Forwarded): readonly AnswerRise[] {
  const rules = rulesOfCall(committed);
  const answer = answerOf(reply);
  const bound = boundOf(committed);
  if (answer === undefined) return [];
  // An answer beyond what a sanitiser was registered for may hold anything it read; so may an error.
  if (bound !== undefined && (reply.kind !== "result" || !isBoundedAnswer(reply.result, bound)))
    return [{ label: TOP_LABEL }];
  if (rules.length === 0) return [];
  const looked = lookAtAnswer(answer, rules);
  if (looked.kind === "unseen") return [{ label: TOP_LABEL }];
  const server = committed.resolved.authenticated.received.exchange.server.id;
  return looked.found.map((rule) => ({
    label: ruleLabel(rule),
    rule: responseRuleDigest(nodeSha256, server, rule),
  }));
}
