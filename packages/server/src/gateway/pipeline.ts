import type { ErrorCode } from "@narrowgate/contracts";
import { isNarrowgateError } from "@narrowgate/kernel";
import { writeRefusal } from "./http/write-refusal.ts";
import { type Refusal, refuse, toErrorCode } from "./refusal.ts";
import type { GatewayRoom } from "./room.ts";
import { seeCall } from "./see-call.ts";
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
interface Steps<To> {
  readonly run: (from: Exchange) => Promise<Outcome<To>>;
  step<Next>(name: string, next: (to: To) => Outcome<Next> | Promise<Outcome<Next>>): Steps<Next>;
}

function hasEnded(outcome: unknown): outcome is Settled | Refusal {
  if (typeof outcome !== "object" || outcome === null || !("kind" in outcome)) return false;
  return outcome.kind === "settled" || outcome.kind === "refusal";
}

function steps<To>(run: Steps<To>["run"]): Steps<To> {
  return {
    run,
    step: (step, next) =>
      steps(async (from) => {
        const outcome = await run(from);
        if (hasEnded(outcome)) return outcome;
        const { times } = from;
        if (times === undefined) return next(outcome);
        try {
          return await next(outcome);
        } finally {
          times.steps.push({ step, endedMs: performance.now() });
        }
      }),
  };
}

/** The way of a call through the gate. Read this first. */
function wayOfACall(room: GatewayRoom): Steps<Settled> {
  const { deps } = room;
  return (
    steps<Exchange>((exchange) => Promise.resolve(exchange))
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

/** The answer, and the code of the catalogue where it is a refusal. */
interface Ended {
  readonly settled: Settled;
  readonly code?: ErrorCode;
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
    if (recorded.entry !== undefined) exchange.known.entry = recorded.entry;
    // ORDER: nobody is sent to a request that a crash could still undo.
    await recorded.durable;
    return writeRefusal(recorded.refusal, { ...context(exchange), ...recorded });
  };
  const answer = async (exchange: Exchange): Promise<Ended> => {
    try {
      const outcome = await way.run(exchange);
      if (outcome.kind === "settled") return { settled: outcome };
      return { settled: await refused(exchange, outcome), code: outcome.code };
    } catch (cause) {
      const refusal = toRefusal(room, exchange, cause);
      return { settled: await failClosed(exchange, refusal), code: refusal.code };
    }
  };
  return async (exchange) => {
    const { settled, code } = await answer(exchange);
    seeCall(room.deps.watch, exchange, code);
    return settled;
  };
}
