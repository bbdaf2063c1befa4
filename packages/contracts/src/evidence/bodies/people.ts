import {
  digest,
  flag,
  id,
  id16,
  integer,
  oneOf,
  refuseInput,
  sortedSetOf,
  text,
} from "../../reading/readers.ts";
import { optional, type Reader, shape } from "../../reading/shape.ts";
import type { DataClassName } from "../../registry/data-classes.ts";
import { DATA_CLASSES } from "../../registry/data-classes.ts";
import { txnOrId } from "./txn-or-id.ts";

/** The label of a state changed. @see docs/spec/evidence.md E-29 */
export type LabelBody = {
  readonly state: "transaction" | "instance" | "store";
  /** Transaction id, instance ref or store ref. */
  readonly ref: string;
  readonly class: DataClassName;
  readonly untrusted: boolean;
  /** Leaf id of what changed it. */
  readonly because: string;
  /** Digest of the canonical response rule. */
  readonly rule?: string;
};

/** Roles of people, sorted. */
export const ROLES = [
  "approver",
  "auditor",
  "compliance",
  "iam",
  "owner",
  "pam",
  "responder",
  "security",
] as const;

/** One of {@link ROLES}. */
export type Role = (typeof ROLES)[number];

/** Something about a person or one of her passkeys changed. */
export type PersonBody = {
  readonly action: "enrolled" | "changed" | "removed" | "credential_added" | "credential_removed";
  readonly person: string;
  readonly roles?: readonly Role[];
  /** Digest of the credential id. */
  readonly credential?: string;
  /** `virtual`, `unknown`, or the AAGUID of the authenticator model. */
  readonly authenticator?: string;
  readonly operator?: string;
};

/** What happened to an approval. */
export const APPROVAL_ACTIONS = ["requested", "approved", "refused", "expired", "withdrawn"] as const;

/** What is approved. */
export const APPROVAL_KINDS = ["call", "declassify", "token"] as const;

/** An approval was asked for, given, refused, or ended. */
export type ApprovalBody = {
  readonly action: (typeof APPROVAL_ACTIONS)[number];
  readonly approval: string;
  readonly kind: (typeof APPROVAL_KINDS)[number];
  /** Digest of the action (approval.md P-1). */
  readonly digest: string;
  /** `role#n`, sorted. */
  readonly requires?: readonly string[];
  /** Leaf id of the refusal that asked. */
  readonly decision?: string;
  /** Unix milliseconds. */
  readonly not_after?: number;
  readonly person?: string;
  readonly credential?: string;
  readonly role?: Role;
  readonly slot?: number;
};

export const readLabelBody: Reader<LabelBody> = shape<LabelBody>({
  state: oneOf(["transaction", "instance", "store"]),
  ref: txnOrId,
  class: oneOf(DATA_CLASSES),
  untrusted: flag,
  because: id16,
  rule: optional(digest),
});

const role = oneOf(ROLES);

const personShape = shape<PersonBody>({
  action: oneOf(["enrolled", "changed", "removed", "credential_added", "credential_removed"]),
  person: id,
  roles: optional(sortedSetOf(role, { max: ROLES.length })),
  credential: optional(digest),
  authenticator: optional(text({ min: 1, max: 64, pattern: /^[a-z0-9-]+$/ })),
  operator: optional(id),
});

export const readPerson: Reader<PersonBody> = (value, path) => {
  const body = personShape(value, path);
  const isCredential = body.action === "credential_added" || body.action === "credential_removed";
  if (isCredential !== (body.credential !== undefined))
    refuseInput(`${path}/credential`, "stands exactly where a credential is added or removed");
  if ((body.action === "credential_added") !== (body.authenticator !== undefined))
    refuseInput(`${path}/authenticator`, "stands exactly where a credential is added");
  return body;
};

/** `role#n`: the n-th signature of a different person in a role, 1 to 9. */
export const requirement: Reader<string> = text({
  min: 3,
  max: 64,
  pattern: new RegExp(`^(?:${ROLES.join("|")})#[1-9]$`),
});

const approvalShape = shape<ApprovalBody>({
  action: oneOf(APPROVAL_ACTIONS),
  approval: id,
  kind: oneOf(APPROVAL_KINDS),
  digest,
  requires: optional(sortedSetOf(requirement, { min: 1, max: 16 })),
  decision: optional(id16),
  not_after: optional(integer()),
  person: optional(id),
  credential: optional(digest),
  role: optional(role),
  slot: optional(integer({ min: 1, max: 9 })),
});

function standExactly(
  body: ApprovalBody,
  names: readonly (keyof ApprovalBody)[],
  wanted: boolean,
  path: string,
): void {
  for (const name of names) {
    if ((body[name] !== undefined) !== wanted)
      refuseInput(`${path}/${name}`, `does not fit an approval that is ${body.action}`);
  }
}

export const readApproval: Reader<ApprovalBody> = (value, path) => {
  const body = approvalShape(value, path);
  standExactly(body, ["requires", "decision", "not_after"], body.action === "requested", path);
  const isSigned = body.action === "approved" || body.action === "refused";
  standExactly(body, ["person", "credential", "role", "slot"], isSigned, path);
  return body;
};
