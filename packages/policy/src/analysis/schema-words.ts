import type { CompiledPolicies } from "../compiled-policies.ts";
import { splitEntityKey } from "../decision.ts";
import type { RecordShape, Shape } from "../schema-shape.ts";

/** A path policies can read, and the type of what stands there. */
export interface SchemaPath {
  /** Names with points between them, as `labels.rank`; of an entity, the name of an attribute. */
  readonly path: string;
  /** `String`, `Long`, `Bool`, `Set` of one of these, or `Record`. */
  readonly type: string;
}

/** What a schema lets policies write. Everything in it is sorted. */
export interface SchemaWords {
  readonly entityTypes: readonly { readonly name: string; readonly attributes: readonly SchemaPath[] }[];
  /** Ids of actions, with the entities they are about. */
  readonly actions: readonly {
    readonly type: string;
    readonly id: string;
    readonly principals: readonly string[];
    readonly resources: readonly string[];
  }[];
  /** What some action has in its context. */
  readonly context: readonly SchemaPath[];
}

const plainNames = { string: "String", long: "Long", bool: "Bool" } as const;

function typeName(shape: Shape): string {
  switch (shape.kind) {
    case "record":
      return "Record";
    case "set":
      return `Set of ${typeName(shape.element)}`;
    default:
      return plainNames[shape.kind];
  }
}

function pathsOf({ fields }: RecordShape, prefix = ""): readonly SchemaPath[] {
  return fields.flatMap(({ name, shape }) => {
    const path = `${prefix}${name}`;
    const below = shape.kind === "record" ? pathsOf(shape, `${path}.`) : [];
    return [{ path, type: typeName(shape) }, ...below];
  });
}

function byPath(paths: readonly SchemaPath[]): readonly SchemaPath[] {
  const known = new Map(paths.map((one) => [one.path, one]));
  return [...known.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * The names the schema of a bundle has: what an editor offers to whoever writes a policy. A bundle without policies will do.
 */
export function schemaWords(policies: CompiledPolicies): SchemaWords {
  const { entities, actions } = policies.inside().schema;
  const names = [...entities].sort(([a], [b]) => (a < b ? -1 : 1));
  const shapes = [...actions].map(([key, shape]) => ({ ...splitEntityKey(key), shape }));
  return {
    entityTypes: names.map(([name, { attrs }]) => ({ name, attributes: byPath(pathsOf(attrs)) })),
    actions: shapes
      .map(({ type, id, shape: { principalTypes, resourceTypes } }) => ({
        type,
        id,
        principals: [...principalTypes].sort(),
        resources: [...resourceTypes].sort(),
      }))
      .sort((a, b) => (a.id < b.id ? -1 : 1)),
    context: byPath(shapes.flatMap(({ shape: { context } }) => pathsOf(context))),
  };
}
