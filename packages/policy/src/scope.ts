import { NarrowgateError } from "@narrowgate/kernel";
import { entityKey } from "./decision.ts";

/** What a policy's scope asks of the principal or of the resource. Entities are given by their keys. */
export type Constraint =
  | { readonly kind: "any" }
  | { readonly kind: "equals"; readonly entity: string }
  | { readonly kind: "in"; readonly entity: string }
  | { readonly kind: "is"; readonly type: string }
  | { readonly kind: "isIn"; readonly type: string; readonly entity: string };

/** What a policy's scope asks of the action. */
export type ActionConstraint =
  | { readonly kind: "any" }
  | { readonly kind: "equals"; readonly entity: string }
  | { readonly kind: "in"; readonly entities: readonly string[] };

/** The scope of one policy. */
export interface PolicyScope {
  readonly principal: Constraint;
  readonly action: ActionConstraint;
  readonly resource: Constraint;
}

function refuse(): never {
  throw new NarrowgateError("policy_invalid", "the scope has a form that is not known here");
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return Reflect.get(value, name);
}

function keyOf(value: unknown): string {
  const uid = member(value, "__entity") ?? value;
  const type = member(uid, "type");
  const id = member(uid, "id");
  return typeof type === "string" && typeof id === "string" ? entityKey({ type, id }) : refuse();
}

function typeOf(constraint: unknown): string {
  const type = member(constraint, "entity_type");
  return typeof type === "string" ? type : refuse();
}

function readConstraint(constraint: unknown): Constraint {
  switch (member(constraint, "op")) {
    case "All":
      return { kind: "any" };
    case "==":
      return { kind: "equals", entity: keyOf(member(constraint, "entity")) };
    case "in":
      return { kind: "in", entity: keyOf(member(constraint, "entity")) };
    case "is": {
      const type = typeOf(constraint);
      const inside = member(constraint, "in");
      return inside === undefined
        ? { kind: "is", type }
        : { kind: "isIn", type, entity: keyOf(member(inside, "entity")) };
    }
    default:
      return refuse();
  }
}

function readAction(constraint: unknown): ActionConstraint {
  switch (member(constraint, "op")) {
    case "All":
      return { kind: "any" };
    case "==":
      return { kind: "equals", entity: keyOf(member(constraint, "entity")) };
    case "in": {
      const several = member(constraint, "entities");
      const entities = Array.isArray(several) ? several.map(keyOf) : [keyOf(member(constraint, "entity"))];
      return { kind: "in", entities };
    }
    default:
      return refuse();
  }
}

/**
 * Reads the scope out of the JSON form of a policy.
 * Trust: Cedar wrote the JSON.
 * @throws NarrowgateError `policy_invalid` for a form this package does not know
 */
export function readScope(policy: unknown): PolicyScope {
  return {
    principal: readConstraint(member(policy, "principal")),
    action: readAction(member(policy, "action")),
    resource: readConstraint(member(policy, "resource")),
  };
}

/** Tells whether an action, given by the keys of itself and its groups, is within the constraint. */
export function actionMatches(
  constraint: ActionConstraint,
  self: string,
  closure: ReadonlySet<string>,
): boolean {
  switch (constraint.kind) {
    case "any":
      return true;
    case "equals":
      return constraint.entity === self;
    case "in":
      return constraint.entities.some((entity) => closure.has(entity));
  }
}

/** The text under which policies with this constraint are filed. */
export function constraintKey(constraint: Constraint): string {
  switch (constraint.kind) {
    case "any":
      return "*";
    case "equals":
      return `=${constraint.entity}`;
    case "in":
      return `<${constraint.entity}`;
    case "is":
      return `?${constraint.type}`;
    case "isIn":
      return `&${constraint.type}\u0000${constraint.entity}`;
  }
}

/**
 * All texts under which a policy that applies to this entity can be filed: exactly the keys of the constraints that
 * hold for it.
 * @param ancestors - keys of its ancestors, without itself
 */
export function constraintKeysFor(type: string, self: string, ancestors: readonly string[]): string[] {
  const keys = ["*", `=${self}`, `?${type}`, `<${self}`, `&${type}\u0000${self}`];
  for (const ancestor of ancestors) keys.push(`<${ancestor}`, `&${type}\u0000${ancestor}`);
  return keys;
}
