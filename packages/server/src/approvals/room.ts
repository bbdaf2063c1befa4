import { isAtMost, type Label } from "@narrowgate/contracts";
import type { ApprovalRequest } from "./approval-request.ts";
import { isBarred } from "./eligibility.ts";
import type { ApprovalNews, ApprovalPorts } from "./ports.ts";
import type { RequestTable } from "./request-table.ts";

/** What the parts of this room share. */
export interface ApprovalRoom {
  readonly ports: ApprovalPorts;
  readonly table: RequestTable;
}

/** The address at which a request is answered. The handle is in the fragment, which no server on the way sees. */
export function addressOf({ ports }: ApprovalRoom, { handle }: Pick<ApprovalRequest, "handle">): string {
  return `${ports.place.origin}/approve#${handle}`;
}

/** What is told of a request. */
export function newsOf(
  room: ApprovalRoom,
  request: ApprovalRequest,
  event: ApprovalNews["event"],
): ApprovalNews {
  const { id, notAfterMs, requires } = request;
  return { event, approval: id, url: addressOf(room, request), notAfterMs, requires };
}

/** Names that may not sign, with the owner and deputy that the agent has now. */
export function barredNow({ ports }: ApprovalRoom, { barred, action }: ApprovalRequest): readonly string[] {
  const agent = ports.agent(action.agent);
  return agent === undefined ? barred : [...barred, agent.owner, agent.deputy];
}

/**
 * Room between asking the time and writing the leaf. What is let through in the last instant would be recorded at its
 * end or behind it, and evidence holds a leaf against its own time.
 */
const RECORD_MARGIN_MS = 1_000;

/** Whether it is too late to sign a request, or to use what was signed. */
export function isPast(
  { ports }: ApprovalRoom,
  { notAfterMs }: Pick<ApprovalRequest, "notAfterMs">,
): boolean {
  return ports.clock.nowMs() + RECORD_MARGIN_MS >= notAfterMs;
}

/** Whether everything a request rests on is still there: its time, its mandate, its token's epochs. */
export function isOpen(room: ApprovalRoom, request: ApprovalRequest): boolean {
  const { ports } = room;
  const { rests, action } = request;
  return (
    !isPast(room, request) &&
    ports.mandates.mandate(action.mandate)?.state === "open" &&
    ports.epochs.firstDead(rests) === undefined
  );
}

/** Whether each who has signed is still who she was: not removed, in her role, and not the one who asks. */
export function areSignersCurrent(room: ApprovalRoom, request: ApprovalRequest): boolean {
  const { signers } = room.ports;
  return request.given.every(({ person, role }) => {
    const signer = signers.person(person);
    if (signer === undefined || !signer.roles.includes(role)) return false;
    return !isBarred(signer, barredNow(room, request), signers);
  });
}

/**
 * Whether signatures of a request hold for a call of the same action now.
 * @param read - what transaction and instance have read by now: more than was shown is another question
 */
export function isSound(room: ApprovalRoom, request: ApprovalRequest, read: Label): boolean {
  return isOpen(room, request) && isAtMost(read, request.read) && areSignersCurrent(room, request);
}
