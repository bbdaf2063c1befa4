import type { Label, LeafDraft, StateChange } from "@narrowgate/contracts";
import { leafOf } from "./approval-leaf.ts";
import { type ApprovalRequest, actionKey, actionOf, missing } from "./approval-request.ts";
import type { AskedCall } from "./ports.ts";
import { type ApprovalRoom, isSound, newsOf } from "./room.ts";
import { goneRow } from "./stored-request.ts";

/** A signature that holds for exactly one call. */
export interface Held {
  /** Leaf id of `approved`. */
  readonly entry: string;
  /** `role#n`. */
  readonly requirement: string;
}

/** What goes into the commit of a permit. */
export interface TakenChange {
  readonly drafts: readonly LeafDraft[];
  readonly changes: readonly StateChange[];
  /** Call in the turn the group is queued. */
  apply(): void;
  /** Call once durable. */
  announce(): void;
}

const none: readonly Held[] = [];

/**
 * The signatures that hold for a call, sorted by requirement, one for each. Nobody signs twice in a role for one action
 * (`sign-approval.ts`), whatever request of it she is asked on.
 * Synchronous, for it is asked on every call.
 */
export function heldFor(room: ApprovalRoom, call: AskedCall, read: () => Label): readonly Held[] {
  const { table } = room;
  const { claims, server, kind, name } = call;
  if (table.isQuiet({ txn: claims.txn, server: server.id, kind, name })) return none;
  const requests = table.ofAction(actionKey(actionOf(call, "")));
  const label = requests.length === 0 ? undefined : read();
  if (label === undefined) return none;
  const held = new Map<string, Held>();
  for (const request of requests.filter((one) => isSound(room, one, label))) {
    for (const { entry, role, slot } of request.given) {
      const requirement = `${role}#${slot}`;
      if (!held.has(requirement)) held.set(requirement, { entry, requirement });
    }
  }
  return [...held.values()].sort((a, b) => (a.requirement < b.requirement ? -1 : 1));
}

/**
 * Uses signatures up for a permit. INVARIANT: in one commit with the permit that names them, so that none is used twice
 * and none is lost with a permit that was not recorded.
 * @param entries - leaf ids, as the permit names them
 */
export function takeHeld(room: ApprovalRoom, txn: string, entries: readonly string[]): TakenChange {
  const used = room.table
    .ofTransaction(txn)
    .filter(({ given }) => given.some(({ entry }) => entries.includes(entry)));
  // What still waited for a signature waits for nothing now.
  const unfinished = used.filter((request) => missing(request).length > 0);
  const ending = (request: ApprovalRequest) => (unfinished.includes(request) ? "withdrawn" : "used");
  return {
    drafts: unfinished.map((request) => leafOf(request, "withdrawn")),
    changes: used.map(goneRow),
    apply() {
      for (const request of used) room.table.end(request, ending(request));
    },
    announce() {
      for (const request of unfinished) room.ports.tell(newsOf(room, request, "withdrawn"));
    },
  };
}
