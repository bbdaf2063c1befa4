import type { ReadTree, ReadTrees } from "./read-set.ts";
import type { SchemaShape, Shape } from "./schema-shape.ts";
import { actionMatches, type PolicyScope } from "./scope.ts";

/** Paths that none of the shapes has. */
function missing(tree: ReadTree, shapes: readonly Shape[], prefix: string): string[] {
  const records = shapes.filter((shape) => shape.kind === "record");
  return [...tree.members].flatMap(([name, member]) => {
    const below = records.flatMap(({ fields }) => fields.filter((field) => field.name === name));
    const path = `${prefix}.${name}`;
    return below.length === 0
      ? [path]
      : missing(
          member,
          below.map(({ shape }) => shape),
          path,
        );
  });
}

/**
 * Finds what a policy asks for that nothing can have: no action within its scope, no type of entity.
 * @returns dotted paths, such as `context.args.path`
 */
export function findUndeclared(reads: ReadTrees, scope: PolicyScope, schema: SchemaShape): string[] {
  const contexts = [...schema.actions].flatMap(([key, { ancestors, context }]) =>
    actionMatches(scope.action, key, ancestors) ? [context] : [],
  );
  const entities = [...schema.entities.values()].map(({ attrs }) => attrs);
  return [
    ...missing(reads.context, contexts, "context"),
    ...missing(reads.principal, entities, "principal"),
    ...missing(reads.resource, entities, "resource"),
  ];
}
