import type { JsonValue } from "@narrowgate/kernel";
import type { RecordShape, SchemaShape, Shape } from "../schema-shape.ts";
import type { PathUse } from "./path-uses.ts";

/** Values that stand for all values at a path, as far as the policies that use it can tell. */
export interface Domain {
  readonly path: PathUse["path"];
  /** `undefined` stands for absence. */
  readonly values: readonly (JsonValue | undefined)[];
  /** False when some value that is not here could be told apart from all of these. */
  readonly complete: boolean;
}

/** A text no policy names. */
export const OTHER_TEXT = "(anything else)";

const maxSetTexts = 5;

// What the gate puts there lies in these bounds, whatever a policy compares it with.
const ranges: ReadonlyMap<string, readonly [number, number]> = new Map([
  ["context.labels.rank", [0, 3]],
  ["context.time.hour_utc", [0, 23]],
  ["context.time.weekday_utc", [0, 6]],
  ["context.depth", [1, Number.MAX_SAFE_INTEGER]],
]);

function numbersOf({ numbers, path }: PathUse): readonly number[] {
  const known = ranges.get(path.join("."));
  const isArgument = path[0] === "context" && path[1] === "args";
  const [least, most] = known ?? [isArgument ? Number.MIN_SAFE_INTEGER : 0, Number.MAX_SAFE_INTEGER];
  if (known !== undefined && most - least < 64)
    return Array.from({ length: most - least + 1 }, (_, i) => least + i);
  const all = [least === Number.MIN_SAFE_INTEGER ? 0 : least, ...numbers].flatMap((n) => [n - 1, n, n + 1]);
  return [...new Set(all)].filter((n) => n >= least && n <= most && Number.isSafeInteger(n));
}

/** All sets that differ in what policies ask of them: which of these texts, and whether there is another. */
function setsOf(texts: readonly string[]): readonly JsonValue[] {
  const atoms = [...texts, OTHER_TEXT];
  return Array.from({ length: 2 ** atoms.length }, (_, bits) =>
    atoms.filter((_atom, i) => Math.floor(bits / 2 ** i) % 2 === 1),
  );
}

function valuesOf(use: PathUse, shape: Shape): Omit<Domain, "path"> {
  const texts = [...use.texts].sort();
  switch (shape.kind) {
    case "bool":
      return { values: [true, false], complete: true };
    case "string":
      return { values: [...texts, OTHER_TEXT], complete: !use.opaque };
    case "long":
      return { values: numbersOf(use), complete: !use.opaque };
    case "set":
      if (shape.element.kind !== "string") return { values: [[]], complete: false };
      return {
        values: setsOf(texts.slice(0, maxSetTexts)),
        complete: !use.opaque && texts.length <= maxSetTexts,
      };
    case "record":
      // Of a record that is not used as a value, only whether it is there.
      return { values: [{}], complete: !use.opaque };
  }
}

function fieldAt(shape: RecordShape, [name, ...rest]: readonly string[]): Shape | undefined {
  const field = shape.fields.find((one) => one.name === name);
  if (field === undefined || rest.length === 0) return field?.shape;
  return field.shape.kind === "record" ? fieldAt(field.shape, rest) : undefined;
}

/** Whether a value, or anything on the way to it, may be absent. */
function isOptional(shape: RecordShape, [name, ...rest]: readonly string[]): boolean {
  const field = shape.fields.find((one) => one.name === name);
  if (field === undefined || !field.required) return true;
  return rest.length > 0 && field.shape.kind === "record" && isOptional(field.shape, rest);
}

/** Where a path is looked up: the context of an action, the attributes of an entity type. */
export interface PathTypes {
  readonly action: string;
  readonly principal: string;
  readonly resource: string;
}

function recordAt(root: PathUse["path"][0], schema: SchemaShape, types: PathTypes): RecordShape | undefined {
  if (root === "context") return schema.actions.get(types.action)?.context;
  return schema.entities.get(types[root])?.attrs;
}

/**
 * The values to try at a path; undefined when requests of this kind do not have it, so nothing can be tried.
 * @param types - keys: of the action an entity key, of the others the name of their type
 */
export function domainOf(use: PathUse, schema: SchemaShape, types: PathTypes): Domain | undefined {
  const [root, ...names] = use.path;
  const record = recordAt(root, schema, types);
  if (record === undefined) return undefined;
  if (names.length === 0) return { path: use.path, values: [], complete: false };
  const shape = fieldAt(record, names);
  if (shape === undefined) return undefined;
  const { values, complete } = valuesOf(use, shape);
  return { path: use.path, values: isOptional(record, names) ? [...values, undefined] : values, complete };
}
