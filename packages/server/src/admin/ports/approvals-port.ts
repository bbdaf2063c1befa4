import type { Label } from "@narrowgate/contracts";
import type { SignedRequest } from "./signed-request.ts";

/** A call that waits for people, as an operator's list has it: no argument of it stands here. */
export interface WaitingCallView {
  readonly id: string;
  /** Transaction the call belongs to. */
  readonly txn: string;
  readonly agent: string;
  readonly subject: string;
  /** What its mandate is for; whoever opened it wrote it. */
  readonly purpose: string;
  readonly server: string;
  /** Kind and name. */
  readonly operation: string;
  readonly effect: string;
  /** `role#n`, sorted. */
  readonly requires: readonly string[];
  /** Those that nobody has signed for. */
  readonly missing: readonly string[];
  readonly askedAtMs: number;
  readonly notAfterMs: number;
  /** Where it is answered; who has it can read the call, and sign only with a passkey of their own. */
  readonly url: string;
}

/** A request that was put before people. */
export type WaitingView = Pick<WaitingCallView, "id" | "requires" | "notAfterMs" | "url">;

/**
 * Asks people to say of the exact bytes of one answer that they carry less than is declared. Nothing falls before they
 * have signed. The reading of the transaction is recorded (E-2).
 * @throws `not_found`, `conflict` with the reason in words, `overloaded`, `malformed_input`, `evidence_unavailable`
 */
export type Declassify = (
  asked: {
    readonly txn: string;
    /** Leaf id of the outcome. */
    readonly outcome: string;
    /** What the task is to carry afterwards. */
    readonly to: Label;
    readonly reason: string;
  },
  request: SignedRequest,
) => Promise<WaitingView>;
