import {
  type JsonObject,
  type JsonValue,
  NarrowgateError,
  readArray,
  readInteger,
  readString,
} from "@narrowgate/kernel";

/** A row of our own as it comes out of the state table. TRUST: whoever can write the store chose it. */
export type Row = JsonObject;

function isRow(value: JsonValue | undefined): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @throws NarrowgateError `malformed_input` */
export function readRow(value: JsonValue | undefined, path: string): Row {
  if (isRow(value)) return value;
  throw new NarrowgateError("malformed_input", `${path}: must be an object`);
}

/** A text member of any length a row can hold. */
export function textOf(row: Row, name: string, path: string): string {
  return readString(row[name], `${path}/${name}`, { max: 16_777_216 });
}

/** A whole, non-negative number. */
export function countOf(row: Row, name: string, path: string): number {
  return readInteger(row[name], `${path}/${name}`);
}

/** A list of texts. */
export function textsOf(row: Row, name: string, path: string): readonly string[] {
  return readArray(row[name], `${path}/${name}`, (item, at) => readString(item, at));
}

/** A list of rows. */
export function rowsOf(row: Row, name: string, path: string): readonly Row[] {
  const value = row[name];
  if (!Array.isArray(value))
    throw new NarrowgateError("malformed_input", `${path}/${name}: must be an array`);
  return value.map((item: JsonValue, i) => readRow(item, `${path}/${name}/${i}`));
}

/** `read` of a member, or nothing when it is absent. */
export function ifPresent<K extends string, T>(
  row: Row,
  name: string,
  key: K,
  read: () => T,
): { readonly [P in K]?: T } {
  const result: { [P in K]?: T } = {};
  if (Object.hasOwn(row, name)) result[key] = read();
  return result;
}
