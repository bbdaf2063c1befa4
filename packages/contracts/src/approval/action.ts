import {
  canonicalJson,
  type JsonObject,
  type Sha256,
  type Sha256Text,
  toSha256Text,
  utf8,
} from "@narrowgate/kernel";
import { flag, id, id16, jsonObject, listOf, literal, oneOf, text, txnId } from "../reading/readers.ts";
import { type Reader, shape } from "../reading/shape.ts";
import type { DataClassName } from "../registry/data-classes.ts";
import { DATA_CLASSES } from "../registry/data-classes.ts";
import { TOOL_EFFECTS } from "../registry/parse-server.ts";
import type { ToolEffect } from "../registry/records.ts";

/** One exact call, as a person is asked about it. @see docs/spec/approval.md section 1 */
export type ApprovedAction = {
  readonly v: 1;
  /** 16 random bytes, given once per request. */
  readonly nonce: string;
  readonly txn: string;
  readonly mandate: string;
  readonly subject: string;
  /** Outermost first. */
  readonly actors: readonly string[];
  readonly agent: string;
  readonly server: string;
  readonly kind: "tool" | "resource" | "prompt";
  readonly name: string;
  readonly arguments: JsonObject;
  /** Digest of the definition that was approved. */
  readonly pin: string;
  readonly data_class: DataClassName;
  readonly effect: ToolEffect;
  readonly egress: boolean;
};

const words = text({ min: 1, max: 1024 });

const readAction: Reader<ApprovedAction> = shape<ApprovedAction>({
  v: literal(1),
  nonce: id16,
  txn: txnId,
  mandate: id,
  subject: words,
  actors: listOf(words, { min: 1, max: 16 }),
  agent: words,
  server: words,
  kind: oneOf(["tool", "resource", "prompt"]),
  name: text({ min: 1, max: 2048 }),
  arguments: jsonObject,
  pin: text({ max: 64 }),
  data_class: oneOf(DATA_CLASSES),
  effect: oneOf(TOOL_EFFECTS),
  egress: flag,
});

/**
 * Reads an action.
 * Trust: `value` is attacker-controlled.
 * @throws NarrowgateError `malformed_input`
 */
export function parseAction(value: unknown): ApprovedAction {
  return readAction(value, "");
}

/** Digest of an action (P-1). */
export function actionDigest(sha256: Sha256, action: ApprovedAction): Sha256Text {
  return toSha256Text(sha256(utf8(`narrowgate/action/v1\n${canonicalJson(action)}`)));
}

/** Whether two actions are the same but for their nonces (P-1). */
export function isSameAction(a: ApprovedAction, b: ApprovedAction): boolean {
  return canonicalJson({ ...a, nonce: "" }) === canonicalJson({ ...b, nonce: "" });
}
