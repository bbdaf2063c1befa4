import type { Sha256, Sha256Text } from "@narrowgate/kernel";
import { ROLES, type Role } from "../evidence/bodies/people.ts";
import { type Label, readLabel } from "../flow/label.ts";
import { digest, id, id16, integer, literal, oneOf, txnId } from "../reading/readers.ts";
import { shape } from "../reading/shape.ts";
import { type StatementForm, statementForm } from "./statement-form.ts";

/** What a signature can mean; each is other bytes. */
export const STATEMENT_KINDS = ["approve", "declassify", "refuse", "release", "step_up"] as const;

/** What a person signs. @see docs/spec/approval.md section 2 */
export type ApprovalStatement = {
  readonly v: 1;
  readonly kind: (typeof STATEMENT_KINDS)[number];
  readonly id: string;
  readonly nonce: string;
  /** Digest of the action. */
  readonly action: string;
  readonly txn: string;
  readonly policy: string;
  readonly labels: Label;
  readonly role: Role;
  readonly slot: number;
  /** Digest of what was shown. */
  readonly rendered: string;
  /** Unix milliseconds. */
  readonly not_after: number;
};

/** Its form (P-2, P-3). */
export const APPROVAL_FORM: StatementForm<ApprovalStatement> = statementForm({
  tag: "narrowgate/approval-statement/v1",
  read: shape<ApprovalStatement>({
    v: literal(1),
    kind: oneOf(STATEMENT_KINDS),
    id,
    nonce: id16,
    action: digest,
    txn: txnId,
    policy: digest,
    labels: readLabel,
    role: oneOf(ROLES),
    slot: integer({ min: 1, max: 9 }),
    rendered: digest,
    not_after: integer(),
  }),
  maxDepth: 4,
});

/** Writes a statement as it is signed: canonical JSON as UTF-8. */
export function formatStatement(statement: ApprovalStatement): Uint8Array<ArrayBuffer> {
  return APPROVAL_FORM.format(statement);
}

/**
 * Reads a statement from its bytes, which must be exactly what {@link formatStatement} writes (P-2).
 * Trust: `bytes` are attacker-controlled.
 * @throws NarrowgateError `malformed_json` or `malformed_input`
 */
export function parseStatement(bytes: Uint8Array): ApprovalStatement {
  return APPROVAL_FORM.parse(bytes);
}

/** The WebAuthn challenge of a statement (P-3). */
export function statementChallenge(sha256: Sha256, statement: ApprovalStatement): Sha256Text {
  return APPROVAL_FORM.challenge(sha256, statement);
}
