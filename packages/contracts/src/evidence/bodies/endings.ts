import {
  digest,
  id,
  id16,
  integer,
  oneOf,
  refuseInput,
  sortedSetOf,
  text,
  txnId,
} from "../../reading/readers.ts";
import { optional, type Reader, shape } from "../../reading/shape.ts";
import { REVOCABLE_KINDS, type RevocableKind } from "../../revocation/epochs.ts";
import { SEALED_PARTS } from "../draft.ts";

/** An epoch was raised. `feed` numbers revocations of a log from 1 without a gap (E-14). */
export type RevocationBody = {
  readonly feed: number;
  readonly kind: RevocableKind;
  /** A ref, H(jti) of a token, or `all` for the kind of that name. */
  readonly id: string;
  readonly epoch: number;
  readonly by: "operator" | "owner" | "system";
  readonly operator?: string;
};

/** A transaction is over. */
export type ClosingBody = {
  /** Leaves of this transaction before this one. */
  readonly entries: number;
};

/** An auditor read sealed or public entries. */
export type ReadBody = {
  readonly auditor: string;
  readonly from: number;
  readonly count: number;
  readonly what: "entries" | "openings";
};

/** Sealed parts were erased. Each of `parts` is a part name (all of the transaction) or `<leaf id>/<part>`. */
export type ErasureBody = {
  readonly txn?: string;
  readonly parts: readonly string[];
  readonly rule: string;
  readonly operator: string;
};

const revocationShape = shape<RevocationBody>({
  feed: integer({ min: 1 }),
  kind: oneOf(REVOCABLE_KINDS),
  id: (value, path) => (value === "all" ? value : id(value, path)),
  epoch: integer({ min: 1 }),
  by: oneOf(["operator", "owner", "system"]),
  operator: optional(id),
});

export const readRevocation: Reader<RevocationBody> = (value, path) => {
  const body = revocationShape(value, path);
  if ((body.kind === "all") !== (body.id === "all"))
    refuseInput(`${path}/id`, "is `all` exactly for that kind");
  if (body.kind === "token") digest(body.id, `${path}/id`);
  if ((body.by === "operator") !== (body.operator !== undefined))
    refuseInput(`${path}/operator`, "stands exactly where an operator revoked");
  return body;
};

export const readClosing: Reader<ClosingBody> = shape<ClosingBody>({ entries: integer() });

export const readRead: Reader<ReadBody> = shape<ReadBody>({
  auditor: id,
  from: integer(),
  count: integer({ min: 1 }),
  what: oneOf(["entries", "openings"]),
});

const readPart = oneOf(SEALED_PARTS);

const erasedPart: Reader<string> = (value, path) => {
  if (typeof value !== "string" || !value.includes("/")) return readPart(value, path);
  const [entry, part, ...more] = value.split("/");
  if (more.length > 0) refuseInput(path, "must be a part or `<leaf id>/<part>`");
  return `${id16(entry, path)}/${readPart(part, path)}`;
};

const erasureShape = shape<ErasureBody>({
  txn: optional(txnId),
  parts: sortedSetOf(erasedPart, { min: 1, max: 1024 }),
  rule: text({ min: 1, max: 64, pattern: /^[A-Za-z0-9._-]+$/ }),
  operator: id,
});

export const readErasure: Reader<ErasureBody> = (value, path) => {
  const body = erasureShape(value, path);
  const isWhole = body.parts.some((part) => !part.includes("/"));
  if (isWhole && body.txn === undefined)
    refuseInput(`${path}/txn`, "must be named when a whole part is erased");
  return body;
};
