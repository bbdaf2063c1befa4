import {
  canonicalJson,
  equalBytes,
  type JsonObject,
  parseStrictJson,
  type Sha256,
  type Sha256Text,
  toSha256Text,
  utf8,
} from "@narrowgate/kernel";
import { refuseInput } from "../reading/readers.ts";
import type { Reader } from "../reading/shape.ts";

const MAX_BYTES = 4096;

/** A kind of statement that people sign with a passkey: how it is written, read, and put to the passkey. */
export interface StatementForm<Statement> {
  /** As it is signed: canonical JSON as UTF-8. */
  readonly format: (statement: Statement) => Uint8Array<ArrayBuffer>;
  /**
   * From its bytes, which must be exactly what `format` writes. Trust: they are attacker-controlled.
   * @throws NarrowgateError `malformed_json` or `malformed_input`
   */
  readonly parse: (bytes: Uint8Array) => Statement;
  /** The WebAuthn challenge. */
  readonly challenge: (sha256: Sha256, statement: Statement) => Sha256Text;
}

/** What is a kind's own. */
export interface StatementRules<Statement> {
  /** First line of what is challenged, in no other kind: so none passes for another. */
  readonly tag: string;
  readonly read: Reader<Statement>;
  /** Deepest nesting of what is read. */
  readonly maxDepth: number;
}

/** The form of a kind of statement. @see docs/spec/approval.md P-2, P-3 */
export function statementForm<Statement extends JsonObject>({
  tag,
  read,
  maxDepth,
}: StatementRules<Statement>): StatementForm<Statement> {
  const format = (statement: Statement): Uint8Array<ArrayBuffer> => utf8(canonicalJson(statement));
  return {
    format,
    parse(bytes) {
      const statement = read(parseStrictJson(bytes, { maxBytes: MAX_BYTES, maxDepth }), "");
      if (!equalBytes(format(statement), bytes)) refuseInput("", "is not in canonical form");
      return statement;
    },
    challenge: (sha256, statement) => toSha256Text(sha256(utf8(`${tag}\n${canonicalJson(statement)}`))),
  };
}
