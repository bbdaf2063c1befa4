import {
  canonicalJson,
  type JsonObject,
  type Sha256,
  type Sha256Text,
  toSha256Text,
  utf8,
} from "@narrowgate/kernel";
import { isAtMost, type Label, readLabel } from "../flow/label.ts";
import {
  digest,
  id,
  id16,
  jsonObject,
  literal,
  oneOf,
  refuseInput,
  text,
  txnId,
} from "../reading/readers.ts";
import { type Reader, shape } from "../reading/shape.ts";
import { leafRows, type RenderedRow } from "./render.ts";

/**
 * What a person is asked to say of one answer: that these exact bytes carry less than the operation declares, so that who
 * read them may carry `to` again. @see docs/spec/approval.md section 5
 */
export type Declassification = {
  readonly v: 1;
  /** 16 random bytes, given once per request. */
  readonly nonce: string;
  readonly txn: string;
  readonly mandate: string;
  readonly subject: string;
  readonly agent: string;
  /** Ref of the instance that read it. */
  readonly instance: string;
  readonly server: string;
  readonly kind: "tool" | "resource" | "prompt";
  readonly name: string;
  /** Leaf id of the outcome. */
  readonly outcome: string;
  /** H of the exact bytes of the answer. */
  readonly bytes: Sha256Text;
  /** What those bytes say. */
  readonly answer: JsonObject;
  /** What transaction and instance carry now. */
  readonly from: Label;
  /** What both carry afterwards. */
  readonly to: Label;
  /** Why the operator asks. */
  readonly reason: string;
  /** Ref of the operator who asks. */
  readonly operator: string;
};

const words = text({ min: 1, max: 1024 });

const readShape: Reader<Declassification> = shape<Declassification>({
  v: literal(1),
  nonce: id16,
  txn: txnId,
  mandate: id,
  subject: words,
  agent: words,
  instance: id,
  server: words,
  kind: oneOf(["tool", "resource", "prompt"]),
  name: text({ min: 1, max: 2048 }),
  outcome: id16,
  bytes: digest,
  answer: jsonObject,
  from: readLabel,
  to: readLabel,
  reason: text({ min: 1, max: 512 }),
  operator: id,
});

/**
 * Reads a declassification.
 * Trust: `value` is attacker-controlled.
 * @throws NarrowgateError `malformed_input`, also when `to` is not below `from`
 */
export function parseDeclassification(value: unknown): Declassification {
  const read = readShape(value, "");
  if (!isAtMost(read.to, read.from) || isAtMost(read.from, read.to))
    refuseInput("/to", "is not below what is carried now");
  return read;
}

/** Digest of a declassification (P-11): never that of an action, whatever it says. */
export function declassificationDigest(sha256: Sha256, asked: Declassification): Sha256Text {
  return toSha256Text(sha256(utf8(`narrowgate/declassification/v1\n${canonicalJson(asked)}`)));
}

/** Signatures a declassification takes: security's, and compliance's as well where restricted data is given free. */
export function declassifyRequires({ from, to }: Pick<Declassification, "from" | "to">): readonly string[] {
  const isFreed = from.class === "restricted" && to.class !== "restricted";
  return isFreed ? ["compliance#1", "security#1"] : ["security#1"];
}

const said = ({ class: dataClass, untrusted }: Label): string =>
  `${dataClass}${untrusted ? ", untrusted content" : ""}`;

/** What a person is shown of a declassification (P-12): every value of the answer, and what changes. */
export function renderDeclassification(asked: Declassification): readonly RenderedRow[] {
  const values = leafRows(asked.answer);
  return [
    { label: "Agent", value: asked.agent },
    { label: "For", value: asked.subject },
    { label: "Server", value: asked.server },
    { label: "Answer of", value: `${asked.kind} ${asked.name}` },
    ...(values.length === 0 ? [{ label: "Answer", value: "nothing" }] : values),
    { label: "Asked because", value: asked.reason },
    { label: "Carried now", value: said(asked.from) },
    { label: "Carried afterwards", value: said(asked.to) },
  ];
}
