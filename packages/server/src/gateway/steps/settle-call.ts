import { type LeafDraft, valueAt } from "@narrowgate/contracts";
import { isNarrowgateError, type JsonObject } from "@narrowgate/kernel";
import { errorForClient, resultForClient } from "../mcp/eras/towards-client.ts";
import { filterList } from "../mcp/filter-list.ts";
import type { RpcError } from "../mcp/json-rpc.ts";
import { holdsBack, resultToShow } from "../obligations/meet-obligations.ts";
import type { AnswerRise } from "../ports.ts";
import { type Refusal, refuse } from "../refusal.ts";
import type { GatewayRoom } from "../room.ts";
import type { CallStatus, Committed, Forwarded, Settled } from "../stages.ts";
import type { UpstreamReply } from "../upstream/upstream.ts";
import { commitToBytes } from "./commit-decision.ts";
import { isReleased } from "./is-released.ts";
import { labelAnswer } from "./label-answer.ts";

function statusOf(reply: UpstreamReply): CallStatus {
  switch (reply.kind) {
    case "result":
      return reply.result["isError"] === true ? "tool_error" : "ok";
    case "error":
      return "tool_error";
    case "cancelled":
      return "cancelled";
    case "failed":
      return reply.code === "upstream_timeout" ? "timeout" : "upstream_error";
  }
}

function answerBytes(reply: UpstreamReply): Uint8Array | undefined {
  if (reply.kind === "result") return Buffer.from(JSON.stringify(reply.result));
  return reply.kind === "error" ? Buffer.from(JSON.stringify({ ...reply.error })) : undefined;
}

/** Rows of a result, where the registration says where they stand. */
function countRows({ committed, reply }: Forwarded): number | undefined {
  const { operation } = committed.resolved;
  if (operation.treatment === "listed" || operation.record.rows === undefined || reply.kind !== "result")
    return undefined;
  const rows = valueAt(reply.result, operation.record.rows);
  return Array.isArray(rows) ? rows.length : 0;
}

function outcomeDraft(room: GatewayRoom, forwarded: Forwarded, rows: number | undefined): LeafDraft {
  const { committed, reply } = forwarded;
  const { clock, limits } = room.deps;
  const { caller } = committed.resolved.authenticated;
  const bytes = answerBytes(reply);
  const commitment = bytes === undefined ? undefined : commitToBytes(bytes);
  // What an agent of tier T1 was told is kept, whatever policy asks for (E-34).
  const isDigestEnough = committed.obligations.capture === "digest" && caller.agent.tier !== "T1";
  const kept =
    bytes === undefined || commitment === undefined
      ? {}
      : {
          bytes_salt: commitment.salt,
          ...(bytes.length > limits.recordedResultBytes || isDigestEnough
            ? {}
            : { bytes: Buffer.from(bytes).toString("base64url") }),
        };
  const content: JsonObject = { ...kept, ...(reply.kind === "failed" ? { code: reply.code } : {}) };
  return {
    type: "outcome",
    txn: caller.claims.txn,
    agent: caller.agent.ref,
    body: {
      decision: committed.decision,
      held_ms: Math.max(0, clock.nowMs() - committed.dispatchedAtMs),
      status: statusOf(reply),
      ...(rows === undefined ? {} : { rows }),
      ...(commitment === undefined ? {} : { digest: commitment.digest }),
    },
    ...(Object.keys(content).length === 0 ? {} : { content }),
  };
}

/** What an answer adds to labels; what ends with its transaction is shown to nobody, and adds nothing. */
interface Added {
  readonly rises: readonly AnswerRise[];
  readonly isTooLate: boolean;
}

function addedBy(room: GatewayRoom, forwarded: Forwarded): Added {
  const rises = labelAnswer(forwarded);
  const { claims } = forwarded.committed.resolved.authenticated.caller;
  const isDead = rises.length > 0 && room.deps.epochs.firstDead(claims.ng.epochs) !== undefined;
  // No label can follow the closing of a transaction (E-13), and no answer may go out without the one it needs.
  return isDead ? { rises: [], isTooLate: true } : { rises, isTooLate: false };
}

/**
 * Records how the call ended.
 * ORDER: a read may be answered once this is queued; a write or an irreversible effect waits until it is durable, and so
 * does an answer that raises a label: what a later decision is to know stands in the log before the agent knows it.
 */
async function recordOutcome(room: GatewayRoom, forwarded: Forwarded, { rises }: Added): Promise<void> {
  const { deps } = room;
  const { operation } = forwarded.committed.resolved;
  const rows = countRows(forwarded);
  const { question } = forwarded.committed;
  const found = { rows: rows ?? 0, rises };
  const flow = question === undefined ? undefined : deps.flow.answer(question, found, 0);
  const outcome = outcomeDraft(room, forwarded, rows);
  const { durable } = deps.evidence.record([outcome, ...(flow?.drafts ?? [])], flow?.changes);
  flow?.apply();
  const changesWorld = operation.treatment === "decided" && operation.record.effect !== "read";
  if (changesWorld || rises.length > 0) {
    await durable;
    return;
  }
  durable.catch((cause: unknown) =>
    deps.reports.report({ kind: "failure", detail: "an outcome could not be recorded", cause }),
  );
}

async function filtered(
  room: GatewayRoom,
  { committed }: Forwarded,
  result: JsonObject,
): Promise<JsonObject | Refusal> {
  const { operation, authenticated, live } = committed.resolved;
  if (operation.treatment === "decided") {
    const shown = resultToShow(result, committed.obligations, operation.record.rows);
    return (
      shown ??
      refuse("policy_denied", {
        sentence: "Policy caps the rows of this tool, and its registration does not say where they stand.",
      })
    );
  }
  const view = await live.current();
  if (view.kind === "failed") return refuse(view.code);
  const { server } = authenticated.received.exchange;
  const list = filterList(operation, result, {
    claims: authenticated.caller.claims,
    server,
    decider: room.deps.decider,
    isReleased: (kind, name) => isReleased(room, authenticated, kind, name),
    view,
  });
  if (list === undefined) return refuse("upstream_malformed");
  const { nextCursor, ...shown } = list;
  if (typeof nextCursor !== "string") return shown;
  const { jkt } = authenticated.caller.claims.cnf;
  const holder = { server: server.id, method: committed.resolved.request.method, jkt };
  return { ...shown, nextCursor: room.cursors.seal(holder, nextCursor) };
}

function isRefusal(value: JsonObject | Refusal): value is Refusal {
  return value["kind"] === "refusal";
}

async function answerResult(
  room: GatewayRoom,
  forwarded: Forwarded,
  result: JsonObject,
): Promise<Settled | Refusal> {
  const { authenticated, request } = forwarded.committed.resolved;
  const { era, exchange } = authenticated.received;
  const shown = await filtered(room, forwarded, result);
  if (isRefusal(shown)) return shown;
  const translated = resultForClient(era, request.method, shown, exchange.server.allowUpstreamRequests);
  if ("code" in translated) return refuse(translated.code, { status: 200 });
  return {
    kind: "settled",
    status: 200,
    message: { jsonrpc: "2.0", id: request.id, result: translated.result },
  };
}

/** An error as the caller may see it: an obligation names parts of a result, and an error could hold them anywhere. */
function errorToShow(error: RpcError, { obligations }: Committed): RpcError {
  if (!holdsBack(obligations)) return error;
  return { code: error.code, message: "The server answered with an error; policy holds back its words." };
}

/** Records the outcome, and answers in the era of the client. */
export function settleCall(room: GatewayRoom): (forwarded: Forwarded) => Promise<Settled | Refusal> {
  return async (forwarded) => {
    const { reply, committed, revoked } = forwarded;
    committed.resolved.authenticated.received.exchange.known.status = statusOf(reply);
    const added = addedBy(room, forwarded);
    try {
      await recordOutcome(room, forwarded, added);
    } catch (e) {
      // The effect may have happened; without its record the answer is withheld.
      if (isNarrowgateError(e)) return refuse("evidence_unavailable");
      throw e;
    }
    if (added.isTooLate) return refuse("revoked");
    switch (reply.kind) {
      case "result":
        return answerResult(room, forwarded, reply.result);
      case "error": {
        const { request, authenticated } = committed.resolved;
        const error = { ...errorForClient(authenticated.received.era, errorToShow(reply.error, committed)) };
        return { kind: "settled", status: 200, message: { jsonrpc: "2.0", id: request.id, error } };
      }
      case "cancelled":
        return revoked
          ? refuse("revoked")
          : refuse("invalid_request", { sentence: "The call was cancelled." });
      case "failed":
        return refuse(reply.code);
    }
  };
}
