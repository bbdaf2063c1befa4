import {
  isId,
  type JsonObject,
  type JsonValue,
  NarrowgateError,
  parseSha256Text,
  type Range,
  readArray,
  readBoolean,
  readEnum,
  readInteger,
  readString,
  type Sha256Text,
  type StringRules,
} from "@narrowgate/kernel";
import type { Reader } from "./shape.ts";

/** Refuses a value with the sentence every reader uses. */
export function refuseInput(path: string, rule: string): never {
  throw new NarrowgateError("malformed_input", `${path === "" ? "the document" : path}: ${rule}`);
}

/** A string under rules. */
export function text(rules: StringRules): Reader<string> {
  return (value, path) => readString(value, path, rules);
}

/** A whole number in a range; default 0 to 2^53-1. */
export function integer(range: Range = {}): Reader<number> {
  return (value, path) => readInteger(value, path, range);
}

/** One of a closed list. */
export function oneOf<T extends string>(values: readonly T[]): Reader<T> {
  return (value, path) => readEnum(value, path, values);
}

/** A list of at most `max` items. */
export function listOf<T>(read: Reader<T>, range: Range = {}): Reader<readonly T[]> {
  return (value, path) => readArray(value, path, read, range);
}

/** True or false. */
export const flag: Reader<boolean> = (value, path) => readBoolean(value, path);

/** Base64url of 16 to 64 random bytes. */
export const id: Reader<string> = (value, path) =>
  isId(value) ? value : refuseInput(path, "must be an id (16 to 64 random bytes as base64url)");

/** Base64url of exactly 16 random bytes. */
export const id16: Reader<string> = (value, path) =>
  isId(value) && value.length === 22 ? value : refuseInput(path, "must be 16 random bytes as base64url");

/** A SHA-256 digest as base64url. */
export const digest: Reader<Sha256Text> = (value, path) => {
  try {
    return parseSha256Text(value);
  } catch {
    return refuseInput(path, "must be a SHA-256 digest as 43 characters of base64url");
  }
};

/** `<writer id>.<16 random bytes>` (evidence E-5). */
export const txnId: Reader<string> = (value, path) => {
  const [writer, own, ...more] = typeof value === "string" ? value.split(".") : [];
  const isTxn = isId(writer) && isId(own) && own.length === 22 && more.length === 0;
  return isTxn ? `${writer}.${own}` : refuseInput(path, "must be a transaction id");
};

/** Exactly this value. */
export function literal<T extends string | number>(expected: T): Reader<T> {
  return (value, path) =>
    value === expected ? expected : refuseInput(path, `must be ${JSON.stringify(expected)}`);
}

const maxJsonDepth = 64;

function readJson(value: unknown, path: string, depth: number): JsonValue {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "string")
    return value.isWellFormed() ? value : refuseInput(path, "holds a lone surrogate");
  if (typeof value === "number")
    return Number.isFinite(value) ? value : refuseInput(path, "must be a finite number");
  if (typeof value !== "object") return refuseInput(path, "must be a JSON value");
  if (depth === 0) return refuseInput(path, `is nested deeper than ${maxJsonDepth}`);
  if (Array.isArray(value)) return value.map((item: unknown) => readJson(item, path, depth - 1));
  return readMembers(value, path, depth - 1);
}

function readMembers(value: object, path: string, depth: number): JsonObject {
  const result: { [key: string]: JsonValue } = {};
  for (const key of Object.keys(value)) {
    if (!key.isWellFormed()) refuseInput(path, "holds a lone surrogate");
    // Not an assignment: a member named __proto__ stays an ordinary member.
    Object.defineProperty(result, key, {
      value: readJson(Reflect.get(value, key), path, depth),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return result;
}

/** Any JSON value, nested at most 64 deep; the result is a copy. */
export const json: Reader<JsonValue> = (value, path) => readJson(value, path, maxJsonDepth);

/** Any JSON object, nested at most 64 deep; the result is a copy. */
export const jsonObject: Reader<JsonObject> = (value, path) => {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    refuseInput(path, "must be an object");
  return readMembers(value, path, maxJsonDepth);
};

/** A list in strictly ascending order (UTF-16 code units), so one set has one form. */
export function sortedSetOf<T extends string>(read: Reader<T>, range: Range = {}): Reader<readonly T[]> {
  const readList = listOf(read, range);
  return (value, path) => {
    const items = readList(value, path);
    for (let i = 1; i < items.length; i++) {
      if ((items[i - 1] ?? "") >= (items[i] ?? "")) refuseInput(`${path}/${i}`, "must be sorted and unique");
    }
    return items;
  };
}
