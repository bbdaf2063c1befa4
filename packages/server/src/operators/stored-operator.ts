import { type EcPublicJwk, parsePublicJwk, type StateReader } from "@narrowgate/contracts";
import {
  type JsonObject,
  type JsonValue,
  NarrowgateError,
  readBoolean,
  readInteger,
  readObject,
  readString,
} from "@narrowgate/kernel";
import { loadRows } from "../platform/store/load-rows.ts";

/** Room of the state table that holds operators. */
export const OPERATOR_ROOM = "operator";
const MEMBERS = ["ref", "name", "jwk", "jkt", "entry", "enrolledAtMs", "removed"] as const;

/** A person who administers this instance, and the key they sign with. */
export interface OperatorRecord {
  /** Random id used in evidence; never reissued. */
  readonly ref: string;
  readonly name: string;
  readonly jwk: EcPublicJwk;
  /** Thumbprint of the key. */
  readonly jkt: string;
  /** Id of the leaf that enrolled it. */
  readonly entry: string;
  readonly enrolledAtMs: number;
  /** A key that was removed signs nothing any more, and is never enrolled again. */
  readonly removed: boolean;
}

/** Reads a key that an operator may have: P-256, and nothing but the key. @throws NarrowgateError `malformed_input` */
export function parseOperatorKey(value: unknown): EcPublicJwk {
  const jwk = parsePublicJwk(value);
  if (jwk.kty !== "EC") throw new NarrowgateError("malformed_input", "/jwk: must be an EC P-256 key");
  return { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y };
}

/** An operator as the state table keeps it. */
export function formatOperator(record: OperatorRecord): JsonObject {
  return { ...record };
}

function parseOperator(value: JsonValue, path: string): OperatorRecord {
  const row = readObject(value, path, MEMBERS);
  const text = (name: "ref" | "name" | "jkt" | "entry"): string => readString(row[name], `${path}/${name}`);
  return {
    ref: text("ref"),
    name: text("name"),
    jwk: parseOperatorKey(row.jwk),
    jkt: text("jkt"),
    entry: text("entry"),
    enrolledAtMs: readInteger(row.enrolledAtMs, `${path}/enrolledAtMs`),
    removed: readBoolean(row.removed, `${path}/removed`),
  };
}

/** All operators, removed ones too. @throws NarrowgateError `malformed_input` when a row is not what we wrote */
export function loadOperators(state: StateReader): Promise<readonly OperatorRecord[]> {
  return loadRows(state, OPERATOR_ROOM, parseOperator);
}
