import {
  type Declassification,
  declassifyRequires,
  type EpochPair,
  type LeafDraft,
  type StateChange,
} from "@narrowgate/contracts";
import { NarrowgateError, randomId } from "@narrowgate/kernel";
import { type ApprovalRequest, actionKey } from "./approval-request.ts";
import { isReadable, requestedLeaf } from "./ask-people.ts";
import { type ApprovalRoom, addressOf, newsOf } from "./room.ts";
import { rowOf } from "./stored-request.ts";

/** An answer that an operator wants given free, as the log says it was. */
export interface AskedDeclassification {
  readonly asked: Omit<Declassification, "nonce">;
  /** Leaf id of the permit whose answer it is, and the policies it was decided by. */
  readonly decision: string;
  readonly policy: string;
  readonly agentRef: string;
  /** Names that may not sign. */
  readonly barred: readonly string[];
  readonly rests: readonly EpochPair[];
  /** End of the mandate, Unix milliseconds. */
  readonly expiresMs: number;
}

/** A declassification that waits for people, new or found. */
export interface WaitingDeclassification {
  readonly id: string;
  readonly requires: readonly string[];
  readonly notAfterMs: number;
  readonly url: string;
}

function newRequest({ ports }: ApprovalRoom, wanted: AskedDeclassification): ApprovalRequest {
  const { asked, decision, policy, agentRef, barred, rests, expiresMs } = wanted;
  const nowMs = ports.clock.nowMs();
  return {
    id: randomId(),
    handle: randomId(32),
    action: { ...asked, nonce: randomId() },
    nonce: randomId(),
    requires: declassifyRequires(asked),
    decision,
    reason: asked.reason,
    policy,
    read: asked.from,
    agentRef,
    barred,
    rests,
    askedAtMs: nowMs,
    notAfterMs: Math.min(nowMs + ports.bounds.lifeMs, expiresMs),
    given: [],
  };
}

function answerOf(room: ApprovalRoom, request: ApprovalRequest): WaitingDeclassification {
  const { id, requires, notAfterMs } = request;
  return { id, requires, notAfterMs, url: addressOf(room, request) };
}

/**
 * Puts an answer before people. The same one that waits already is found again.
 * TRUST: the caller has read `wanted` from the log.
 * @throws NarrowgateError `malformed_input` when nobody could read it on one page, `overloaded` when too much waits,
 *   `evidence_unavailable`
 */
export async function askDeclassification(
  room: ApprovalRoom,
  wanted: AskedDeclassification,
): Promise<WaitingDeclassification> {
  const { table, ports } = room;
  const [waiting] = table.ofAction(actionKey({ ...wanted.asked, nonce: "" }));
  if (waiting !== undefined) return answerOf(room, waiting);
  if (table.list().length >= ports.bounds.all)
    throw new NarrowgateError("overloaded", "too much waits for people already");
  const request = newRequest(room, wanted);
  if (!isReadable(request))
    throw new NarrowgateError("malformed_input", "this answer is too large for a person to read on one page");
  const group: readonly LeafDraft[] = [requestedLeaf(request)];
  const rows: readonly StateChange[] = [rowOf(request)];
  const { durable } = ports.evidence.record(group, rows);
  table.put(request);
  await durable;
  ports.tell(newsOf(room, request, "requested"));
  return answerOf(room, request);
}
