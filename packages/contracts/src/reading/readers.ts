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

function checkJson(value: unknown, path: string, depth: number): void {
  switch (typeof value) {
    case "boolean":
      return;
    case "string":
      if (!value.isWellFormed()) refuseInput(path, "holds a lone surrogate");
      return;
    case "number":
      if (!Number.isFinite(value)) refuseInput(path, "must be a finite number");
      return;
    case "object":
      if (value !== null) checkMembers(value, path, depth);
      return;
    default:
      refuseInput(path, "must be a JSON value");
  }
}

function checkMembers(value: object, path: string, depth: number): void {
  if (depth === 0) refuseInput(path, `is nested deeper than ${maxJsonDepth}`);
  if (Array.isArray(value)) {
    for (const item of value) checkJson(item, path, depth - 1);
    return;
  }
  for (const key of Object.keys(value)) {
    if (!key.isWellFormed()) refuseInput(path, "holds a lone surrogate");
    checkJson(Reflect.get(value, key), path, depth - 1);
  }
}

function isJson(value: unknown, path: string): value is JsonValue {
  checkJson(value, path, maxJsonDepth);
  return true;
}

/** Any JSON value, nested at most 64 deep; it is checked and handed on, not copied. */
export const json: Reader<JsonValue> = (value, path) =>
  isJson(value, path) ? value : refuseInput(path, "must be a JSON value");

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Any JSON object, nested at most 64 deep; it is checked and handed on, not copied. */
export const jsonObject: Reader<JsonObject> = (value, path) => {
  const read = json(value, path);
  return isObject(read) ? read : refuseInput(path, "must be an object");
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
