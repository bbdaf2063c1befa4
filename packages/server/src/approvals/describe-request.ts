import { formatStatement, type RenderedRow, ROLES, type Role } from "@narrowgate/contracts";
import { fromUtf8 } from "@narrowgate/kernel";
import {
  type ApprovalRequest,
  isDeclassification,
  missing,
  rowsOf,
  statementOf,
  yesOf,
} from "./approval-request.ts";
import type { Ending } from "./request-table.ts";
import { type ApprovalRoom, addressOf, isOpen, isPast } from "./room.ts";

/** One signature that is asked for, and what would be signed: canonical JSON. */
export type Choice = {
  readonly requirement: string;
  readonly role: Role;
  readonly approve: string;
  readonly refuse: string;
};

/** What the page of a request shows. */
export type DescribedRequest =
  | {
      readonly state: "open";
      readonly id: string;
      /** What a yes says in its statement. */
      readonly yes: "approve" | "declassify";
      readonly rows: readonly RenderedRow[];
      readonly rpId: string;
      readonly requires: readonly string[];
      readonly given: readonly { readonly requirement: string; readonly name: string }[];
      /** Of each role the next free signature. */
      readonly choices: readonly Choice[];
      readonly notAfterMs: number;
      /** Other open requests of the same agent for the same operation. */
      readonly alike: number;
    }
  | { readonly state: Ending };

/** An open request, as an operator's list has it. */
export interface ListedRequest {
  readonly id: string;
  readonly txn: string;
  readonly agent: string;
  readonly subject: string;
  /** Of the mandate; whoever opened it wrote it. */
  readonly purpose: string;
  readonly server: string;
  readonly operation: string;
  readonly effect: string;
  readonly requires: readonly string[];
  readonly missing: readonly string[];
  readonly askedAtMs: number;
  readonly notAfterMs: number;
  readonly url: string;
}

function isAlike(a: ApprovalRequest, b: ApprovalRequest): boolean {
  return (
    a.id !== b.id &&
    a.agentRef === b.agentRef &&
    a.action.server === b.action.server &&
    a.action.kind === b.action.kind &&
    a.action.name === b.action.name
  );
}

function choicesOf(request: ApprovalRequest): readonly Choice[] {
  const open = missing(request);
  return ROLES.flatMap((role): Choice[] => {
    const requirement = open.find((one) => one.startsWith(`${role}#`));
    if (requirement === undefined) return [];
    const slot = Number(requirement.slice(role.length + 1));
    const text = (kind: "approve" | "declassify" | "refuse"): string =>
      fromUtf8(formatStatement(statementOf(request, { kind, role, slot })));
    return [{ requirement, role, approve: text(yesOf(request)), refuse: text("refuse") }];
  });
}

/** What the page of a request shows. Trust: `handle` is attacker-controlled. */
export function describeRequest(room: ApprovalRoom, handle: string): DescribedRequest | undefined {
  const { table, ports } = room;
  const request = table.byHandle(handle);
  if (request === undefined) {
    const ending = table.endingOf(handle);
    return ending === undefined ? undefined : { state: ending };
  }
  if (!isOpen(room, request)) return { state: isPast(room, request) ? "expired" : "withdrawn" };
  return {
    state: "open",
    id: request.id,
    yes: yesOf(request),
    rows: rowsOf(request),
    rpId: ports.place.rpId,
    requires: request.requires,
    given: request.given.map(({ role, slot, person }) => ({
      requirement: `${role}#${slot}`,
      name: ports.signers.person(person)?.name ?? "somebody who has left",
    })),
    choices: choicesOf(request),
    notAfterMs: request.notAfterMs,
    alike: table.list().filter((other) => isAlike(request, other)).length,
  };
}

/** Every open request, oldest first. */
export function listRequests(room: ApprovalRoom): readonly ListedRequest[] {
  return room.table
    .list()
    .filter((request) => isOpen(room, request))
    .map((request) => {
      const { id, action, requires, askedAtMs, notAfterMs } = request;
      return {
        id,
        txn: action.txn,
        agent: action.agent,
        subject: action.subject,
        purpose: room.ports.mandates.mandate(action.mandate)?.document.purpose ?? "",
        server: action.server,
        operation: `${action.kind} ${action.name}`,
        effect: isDeclassification(action) ? "declassify" : action.effect,
        requires,
        missing: missing(request),
        askedAtMs,
        notAfterMs,
        url: addressOf(room, request),
      };
    });
}
