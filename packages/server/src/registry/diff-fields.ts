import { canonicalJson, type JsonObject, type JsonValue } from "@narrowgate/kernel";

/** One member that differs. */
export interface FieldChange {
  /** JSON Pointer into the object; items of a list are named, where they have names. */
  readonly path: string;
  readonly before?: JsonValue;
  readonly after?: JsonValue;
}

const maxChanges = 200;
const maxDepth = 8;

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function nameOf(item: JsonValue): string | undefined {
  if (!isObject(item)) return undefined;
  const name = item["name"];
  return typeof name === "string" ? name : undefined;
}

/** A list of named objects as an object by name, so that an insertion is one change and not a shift of all. */
function byName(value: JsonValue | undefined): JsonObject | undefined {
  if (!Array.isArray(value)) return undefined;
  const entries = value.map((item: JsonValue) => [nameOf(item), item] as const);
  const names = new Set(entries.map(([name]) => name));
  if (names.has(undefined) || names.size !== entries.length) return undefined;
  return Object.fromEntries(entries);
}

function members(value: JsonValue | undefined): JsonObject | undefined {
  return isObject(value) ? value : byName(value);
}

function own(value: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

function step(name: string): string {
  return `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

function collect(
  sides: readonly [JsonValue | undefined, JsonValue | undefined],
  path: string,
  depth: number,
  out: FieldChange[],
): void {
  const [before, after] = sides;
  if (out.length >= maxChanges) return;
  const [left, right] = [members(before), members(after)];
  if (left !== undefined && right !== undefined && depth < maxDepth) {
    for (const name of [...new Set([...Object.keys(left), ...Object.keys(right)])].sort()) {
      collect([own(left, name), own(right, name)], path + step(name), depth + 1, out);
    }
    return;
  }
  if (before !== undefined && after !== undefined && canonicalJson(before) === canonicalJson(after)) return;
  if (before === undefined && after === undefined) return;
  out.push({
    path,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  });
}

/** Says which members differ, at most 200 of them. The order of a list without names counts. */
export function diffFields(before: JsonObject, after: JsonObject): readonly FieldChange[] {
  const changes: FieldChange[] = [];
  collect([before, after], "", 0, changes);
  return changes;
}
