import type { Label, LeafDraft, StateChange } from "@narrowgate/contracts";
import { canonicalJson, randomId, utf8 } from "@narrowgate/kernel";
import { leafOf } from "./approval-leaf.ts";
import {
  type ApprovalRequest,
  actionKey,
  actionOf,
  barredNames,
  missing,
  rowsOf,
} from "./approval-request.ts";
import type { AskedCall } from "./ports.ts";
import { type ApprovalRoom, addressOf, isSound, newsOf } from "./room.ts";
import { goneRow, rowOf } from "./stored-request.ts";

/** Largest action that is put before a person: more than this nobody reads. */
const MAX_ACTION_BYTES = 65_536;
const MAX_ROWS = 500;

/** Why a call is put before people. */
export interface Question {
  readonly call: AskedCall;
  /** What transaction and instance have read. */
  readonly read: Label;
  /** Leaf id that the refusal will have. */
  readonly decision: string;
  /** Signatures that would lift the refusal, `role#n`, sorted. */
  readonly requires: readonly string[];
  readonly reason: string;
  /** Digest of the policy bundle. */
  readonly policy: string;
}

/** What goes into the commit of the refusal. */
export interface AskedChange {
  readonly drafts: readonly LeafDraft[];
  readonly changes: readonly StateChange[];
  /** Call in the turn the group is queued. */
  apply(): void;
  /** Call once durable. */
  announce(): void;
}

/** A request that waits, new or found. */
export interface Asked extends AskedChange {
  readonly kind: "asked";
  readonly id: string;
  /** What is still missing, `role#n`, sorted. */
  readonly requires: readonly string[];
  readonly notAfterMs: number;
  readonly url: string;
}

/** Nobody is asked; the refusal stands. */
export interface NotAsked {
  readonly kind: "not_asked";
  /** For the caller. */
  readonly sentence: string;
}

function isFull({ table, ports }: ApprovalRoom, { claims, agent }: AskedCall): boolean {
  const { perMandate, perAgent, all } = ports.bounds;
  const list = table.list();
  const ofAgent = list.filter(({ agentRef }) => agentRef === agent.ref);
  const ofMandate = ofAgent.filter(({ action }) => action.mandate === claims.ng.mandate);
  return list.length >= all || ofAgent.length >= perAgent || ofMandate.length >= perMandate;
}

function newRequest({ ports }: ApprovalRoom, question: Question): ApprovalRequest {
  const { call, read, decision, requires, reason, policy } = question;
  const nowMs = ports.clock.nowMs();
  const { expires } = call.mandate.document;
  return {
    id: randomId(),
    handle: randomId(32),
    action: actionOf(call, randomId()),
    nonce: randomId(),
    requires,
    decision,
    reason,
    policy,
    read,
    agentRef: call.agent.ref,
    barred: barredNames(call),
    rests: call.claims.ng.epochs,
    askedAtMs: nowMs,
    notAfterMs: Math.min(nowMs + ports.bounds.lifeMs, expires * 1000),
    given: [],
  };
}

/** What nobody could read on one page is not put before a person. */
export function isReadable(request: ApprovalRequest): boolean {
  return utf8(canonicalJson(request.action)).length <= MAX_ACTION_BYTES && rowsOf(request).length <= MAX_ROWS;
}

/** The leaf that says what people are asked. */
export function requestedLeaf(request: ApprovalRequest): LeafDraft {
  const { action, requires, decision, notAfterMs } = request;
  return {
    ...leafOf(request, "requested", { requires: [...requires], decision, not_after: notAfterMs }),
    content: { action, rendered: rowsOf(request).map((row) => ({ ...row })) },
  };
}

const nothing: AskedChange = {
  drafts: [],
  changes: [],
  apply: () => undefined,
  announce: () => undefined,
};

function asked(
  room: ApprovalRoom,
  request: ApprovalRequest,
  requires: readonly string[],
  change: AskedChange,
): Asked {
  const { id, notAfterMs } = request;
  return { kind: "asked", id, requires, notAfterMs, url: addressOf(room, request), ...change };
}

/**
 * Puts a refused call before people: a request for the same action that waits is found again, else one is made. What was
 * asked before and cannot hold any more (more was read since, who signed has left) is withdrawn.
 * Call in the turn of the record of the refusal.
 */
export function askPeople(room: ApprovalRoom, question: Question): Asked | NotAsked {
  const { table } = room;
  const earlier = table.ofAction(actionKey(actionOf(question.call, "")));
  const sound = earlier.filter((request) => isSound(room, request, question.read));
  const held = new Set(sound.flatMap(({ given }) => given.map(({ role, slot }) => `${role}#${slot}`)));
  const lacking = question.requires.filter((requirement) => !held.has(requirement));
  if (lacking.length === 0)
    return {
      kind: "not_asked",
      sentence: "The approval is there, and policy still does not allow this call.",
    };
  const waiting = sound.find((request) => {
    const open = missing(request);
    return lacking.every((requirement) => open.includes(requirement));
  });
  if (waiting !== undefined) return asked(room, waiting, missing(waiting), nothing);
  const stale = earlier.filter((request) => !sound.includes(request));
  if (stale.length === 0 && isFull(room, question.call))
    return {
      kind: "not_asked",
      sentence:
        "A person must approve this call, and too many calls wait for one already; send it again later.",
    };
  const request = newRequest(room, { ...question, requires: lacking });
  if (!isReadable(request))
    return {
      kind: "not_asked",
      sentence: "This call is too large to be put before a person; make it smaller.",
    };
  return asked(room, request, lacking, {
    drafts: [...stale.map((one) => leafOf(one, "withdrawn")), requestedLeaf(request)],
    changes: [...stale.map(goneRow), rowOf(request)],
    apply() {
      for (const one of stale) table.end(one, "withdrawn");
      table.put(request);
    },
    announce() {
      for (const one of stale) room.ports.tell(newsOf(room, one, "withdrawn"));
      room.ports.tell(newsOf(room, request, "requested"));
    },
  });
}
