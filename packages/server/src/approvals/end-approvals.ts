import type { LeafDraft, StateChange } from "@narrowgate/contracts";
import { leafOf } from "./approval-leaf.ts";
import type { ApprovalRequest } from "./approval-request.ts";
import { type ApprovalRoom, newsOf } from "./room.ts";
import { goneRow } from "./stored-request.ts";

/** What goes into the commit of what ends requests. */
export interface EndedChange {
  readonly drafts: readonly LeafDraft[];
  readonly changes: readonly StateChange[];
}

function tell(room: ApprovalRoom, ended: readonly ApprovalRequest[], what: "expired" | "withdrawn"): void {
  for (const request of ended) room.ports.tell(newsOf(room, request, what));
}

/**
 * Withdraws what is asked in a transaction that ends, signed or not. They are gone from memory in the same turn.
 * Call in the turn of the record; the leaves go before the closing.
 */
export function endTransaction(room: ApprovalRoom, txn: string): EndedChange {
  const ended = room.table.ofTransaction(txn);
  for (const request of ended) room.table.end(request, "withdrawn");
  tell(room, ended, "withdrawn");
  return { drafts: ended.map((request) => leafOf(request, "withdrawn")), changes: ended.map(goneRow) };
}

/** Ends requests on their own: leaves and rows in one commit. */
async function endNow(
  room: ApprovalRoom,
  ended: readonly ApprovalRequest[],
  what: "expired" | "withdrawn",
): Promise<void> {
  if (ended.length === 0) return;
  const { durable } = room.ports.evidence.record(
    ended.map((request) => leafOf(request, what)),
    ended.map(goneRow),
  );
  for (const request of ended) room.table.end(request, what);
  await durable;
  tell(room, ended, what);
}

/** How many end in one commit. */
const AT_ONCE = 100;

/** Ends what nobody answered, or nobody used, in its time: silence is no. */
export async function expireRequests(room: ApprovalRoom): Promise<void> {
  const nowMs = room.ports.clock.nowMs();
  const over = room.table.list().filter(({ notAfterMs }) => notAfterMs <= nowMs);
  for (let at = 0; at < over.length; at += AT_ONCE)
    await endNow(room, over.slice(at, at + AT_ONCE), "expired");
}

/** Withdraws what rests on something that was revoked. */
export async function withdrawRevoked(room: ApprovalRoom): Promise<void> {
  const dead = room.table.list().filter(({ rests }) => room.ports.epochs.firstDead(rests) !== undefined);
  await endNow(room, dead, "withdrawn");
}
