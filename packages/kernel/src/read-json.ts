import { NarrowgateError } from "./errors.ts";

/** Bounds, inclusive at both ends. */
export interface Range {
  readonly min?: number;
  readonly max?: number;
}

/** What a string must look like; lengths in UTF-16 units. */
export interface StringRules extends Range {
  /** Anchor it at both ends: it is searched for, not matched whole. */
  readonly pattern?: RegExp;
}

/** The members of an object that were allowed; absent ones read as undefined. */
export type ObjectRecord<K extends string> = { readonly [P in K]?: unknown };

function refuse(path: string, rule: string): never {
  throw new NarrowgateError("malformed_input", `${path === "" ? "the document" : path}: ${rule}`);
}

/** One step of a JSON pointer (RFC 6901), cut and cleaned so that hostile keys do no harm where it is shown. */
function pointerStep(key: string): string {
  const shown = key.slice(0, 64).replace(/[^\x20-\x7e]/g, "?");
  return `/${shown.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/**
 * Reads an object that has no other keys than `allowedKeys`; required ones are enforced by the reader of each member.
 * Trust: `value` is attacker-controlled, as for every reader of this file; `path` (a JSON pointer, "" for the whole
 * document) is the caller's and appears in the public message.
 * @returns a copy without prototype, so a key such as `constructor` reads as absent unless it was sent
 * @throws NarrowgateError `malformed_input`
 */
export function readObject<K extends string>(
  value: unknown,
  path: string,
  allowedKeys: readonly K[],
): ObjectRecord<K> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) refuse(path, "must be an object");
  const names: readonly string[] = allowedKeys;
  for (const key of Object.keys(value)) {
    if (!names.includes(key)) refuse(path + pointerStep(key), "is not a known member");
  }
  const record: { [P in K]?: unknown } = Object.create(null);
  for (const key of allowedKeys) {
    if (Object.hasOwn(value, key)) record[key] = Reflect.get(value, key);
  }
  return record;
}

/**
 * Reads a string.
 * @param rules - default length 0 to 65,536
 * @throws NarrowgateError `malformed_input`
 */
export function readString(value: unknown, path: string, rules: StringRules = {}): string {
  const { min = 0, max = 65_536, pattern } = rules;
  if (typeof value !== "string") refuse(path, "must be a string");
  if (value.length < min || value.length > max) refuse(path, `must have ${min} to ${max} characters`);
  // search() ignores the lastIndex a global pattern would carry from call to call.
  if (pattern !== undefined && value.search(pattern) === -1) refuse(path, "does not have the required form");
  return value;
}

/**
 * Reads a whole number.
 * @param range - default 0 to 2^53-1
 * @throws NarrowgateError `malformed_input`
 */
export function readInteger(value: unknown, path: string, range: Range = {}): number {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = range;
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < min || value > max) {
    refuse(path, `must be a whole number from ${min} to ${max}`);
  }
  return value;
}

/**
 * Reads a boolean.
 * @throws NarrowgateError `malformed_input`
 */
export function readBoolean(value: unknown, path: string): boolean {
  if (typeof value !== "boolean") refuse(path, "must be true or false");
  return value;
}

/**
 * Reads an array, each item with its own path.
 * @param range - number of items, default 0 to 4,096
 * @throws NarrowgateError `malformed_input`, also from `readItem`
 */
export function readArray<T>(
  value: unknown,
  path: string,
  readItem: (item: unknown, path: string) => T,
  range: Range = {},
): T[] {
  const { min = 0, max = 4096 } = range;
  if (!Array.isArray(value)) refuse(path, "must be an array");
  if (value.length < min || value.length > max) refuse(path, `must have ${min} to ${max} items`);
  return value.map((item: unknown, i) => readItem(item, `${path}/${i}`));
}

/**
 * Reads one of a closed list of strings.
 * @throws NarrowgateError `malformed_input`
 */
export function readEnum<T extends string>(value: unknown, path: string, values: readonly T[]): T {
  const found = values.find((allowed) => allowed === value);
  return found ?? refuse(path, `must be one of ${values.join(", ")}`);
}

/**
 * Reads a member that may be absent. `null` is a value, not an absence.
 * @throws NarrowgateError whatever `read` throws
 */
export function readOptional<T>(value: unknown, read: (value: unknown) => T): T | undefined {
  return value === undefined ? undefined : read(value);
}
