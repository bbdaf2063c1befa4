import { isNarrowgateError } from "@narrowgate/kernel";
import { writeRefusal } from "./http/write-refusal.ts";
import { type Refusal, refuse, toErrorCode } from "./refusal.ts";
import type { GatewayRoom } from "./room.ts";
import type { Exchange, Outcome, Settled } from "./stages.ts";
import { authenticateRequest } from "./steps/authenticate-request.ts";
import { commitDecision } from "./steps/commit-decision.ts";
import { decideCall } from "./steps/decide-call.ts";
import { forwardCall } from "./steps/forward-call.ts";
import { receiveRequest } from "./steps/receive-request.ts";
import { recordRefusal } from "./steps/record-refusal.ts";
import { resolveOperation } from "./steps/resolve-operation.ts";
import { settleCall } from "./steps/settle-call.ts";

/** Steps in order. Each takes the stage the one before gave, so a step in the wrong place does not compile. */
interface Steps<From, To> {
  readonly run: (from: From) => Promise<Outcome<To>>;
  step<Next>(name: string, next: (to: To) => Outcome<Next> | Promise<Outcome<Next>>): Steps<From, Next>;
}

function hasEnded(outcome: unknown): outcome is Settled | Refusal {
  if (typeof outcome !== "object" || outcome === null || !("kind" in outcome)) return false;
  return outcome.kind === "settled" || outcome.kind === "refusal";
}

function steps<From, To>(run: Steps<From, To>["run"]): Steps<From, To> {
  return {
    run,
    step: (_name, next) =>
      steps(async (from) => {
        const outcome = await run(from);
        return hasEnded(outcome) ? outcome : next(outcome);
      }),
  };
}

/** The way of a call through the gate. Read this first. */
function wayOfACall(room: GatewayRoom): Steps<Exchange, Settled> {
  const { deps } = room;
  return (
    steps<Exchange, Exchange>((exchange) => Promise.resolve(exchange))
      //    name            takes            gives            what may end it here
      .step("receive", /*   Exchange      -> Received      */ receiveRequest(deps)) // form, size, time, headers
      .step("authenticate", /* Received   -> Authenticated */ authenticateRequest(room)) // token, proof, epochs, mandate
      .step("resolve", /*   Authenticated -> Resolved      */ resolveOperation(room)) // method, registration, pin
      .step("decide", /*    Resolved      -> Decided       */ decideCall(room)) // nothing: a denial is a decision
      .step("commit", /*    Decided       -> Committed     */ commitDecision(room)) // a denial; evidence not durable
      .step("forward", /*   Committed     -> Forwarded     */ forwardCall(room)) // nothing: a failure is an outcome
      .step<Settled>("settle", /* Forwarded  -> Settled       */ settleCall(room)) // an answer that may not be shown
  );
}

function toRefusal(room: GatewayRoom, exchange: Exchange, cause: unknown): Refusal {
  if (isNarrowgateError(cause)) return refuse(toErrorCode(cause.code));
  room.deps.reports.report({ kind: "failure", server: exchange.server.id, detail: "a step failed", cause });
  return refuse("internal_error");
}

/**
 * Makes the pipeline.
 * INVARIANT: it fails closed: whatever is thrown becomes a refusal with a code, on record when it can be attributed.
 */
export function createPipeline(room: GatewayRoom): (exchange: Exchange) => Promise<Settled> {
  const way = wayOfACall(room);
  const context = (exchange: Exchange): Parameters<typeof writeRefusal>[1] => ({
    exchange,
    baseUrl: room.deps.baseUrl,
    nonce: () => room.deps.proofs.nonce(),
  });
  const failClosed = async (exchange: Exchange, refusal: Refusal): Promise<Settled> => {
    try {
      return await refused(exchange, refusal);
    } catch (cause) {
      // The record itself failed: the request is refused all the same.
      room.deps.reports.report({ kind: "failure", detail: "a refusal could not be recorded", cause });
      return writeRefusal(refusal, context(exchange));
    }
  };
  const refused = async (exchange: Exchange, refusal: Refusal): Promise<Settled> => {
    const recorded = recordRefusal(room, exchange, refusal);
    // ORDER: nobody is sent to a request that a crash could still undo.
    await recorded.durable;
    return writeRefusal(recorded.refusal, { ...context(exchange), ...recorded });
  };
  return async (exchange) => {
    try {
      const outcome = await way.run(exchange);
      return outcome.kind === "settled" ? outcome : await refused(exchange, outcome);
    } catch (cause) {
      return failClosed(exchange, toRefusal(room, exchange, cause));
    }
  };
}
