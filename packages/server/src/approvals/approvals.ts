import type { Label } from "@narrowgate/contracts";
import {
  type AskedDeclassification,
  askDeclassification,
  type WaitingDeclassification,
} from "./ask-declassification.ts";
import { type Asked, askPeople, type NotAsked, type Question } from "./ask-people.ts";
import {
  type DescribedRequest,
  describeRequest,
  type ListedRequest,
  listRequests,
} from "./describe-request.ts";
import { type EndedChange, endTransaction, expireRequests, withdrawRevoked } from "./end-approvals.ts";
import { type Held, heldFor, type TakenChange, takeHeld } from "./held-approvals.ts";
import type { ApprovalPorts, AskedCall } from "./ports.ts";
import { createRequestTable } from "./request-table.ts";
import { type ApprovalRoom, addressOf } from "./room.ts";
import { type Answer, type Answered, signApproval } from "./sign-approval.ts";
import { loadRequests } from "./stored-request.ts";

/** The approvals room: calls that wait for people, and what people signed. */
export interface Approvals {
  /** Puts a refused call before people. Call in the turn of the refusal's record. */
  ask(question: Question): Asked | NotAsked;
  /** Puts the exact bytes of an answer before people. @throws `malformed_input`, `overloaded`, `evidence_unavailable` */
  askDeclassification(wanted: AskedDeclassification): Promise<WaitingDeclassification>;
  /**
   * Signatures that hold for exactly this call. Synchronous.
   * @param read - what transaction and instance have read; asked only when something waits
   */
  held(call: AskedCall, read: () => Label): readonly Held[];
  /** Uses signatures up, in the commit of the permit that names them. */
  take(txn: string, entries: readonly string[]): TakenChange;
  /** @throws NarrowgateError `approval_invalid`, `evidence_unavailable` */
  sign(answer: Answer): Promise<Answered>;
  /** What its page shows; how it ended; undefined for a handle nobody was given. */
  describe(handle: string): DescribedRequest | undefined;
  list(): readonly ListedRequest[];
  /** Address of an open request, by its id. */
  address(id: string): string | undefined;
  /** Withdraws what is asked in a transaction, in the commit that closes it. */
  endTransaction(txn: string): EndedChange;
  /** Ends what is over; compose calls it on a timer. */
  sweep(): Promise<void>;
  /** Withdraws what rests on what was revoked. */
  withdrawRevoked(): Promise<void>;
}

/** Loads what was open before the first request is served. */
export async function openApprovals(ports: ApprovalPorts): Promise<Approvals> {
  const room: ApprovalRoom = { ports, table: createRequestTable(await loadRequests(ports.state)) };
  return {
    ask: (question) => askPeople(room, question),
    askDeclassification: (wanted) => askDeclassification(room, wanted),
    held: (call, read) => heldFor(room, call, read),
    take: (txn, entries) => takeHeld(room, txn, entries),
    sign: (answer) => signApproval(room, answer),
    describe: (handle) => describeRequest(room, handle),
    list: () => listRequests(room),
    address(id) {
      const request = room.table.byId(id);
      return request === undefined ? undefined : addressOf(room, request);
    },
    endTransaction: (txn) => endTransaction(room, txn),
    async sweep() {
      await expireRequests(room);
      await withdrawRevoked(room);
    },
    withdrawRevoked: () => withdrawRevoked(room),
  };
}
