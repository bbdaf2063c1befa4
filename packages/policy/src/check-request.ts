import { type JsonObject, type JsonValue, NarrowgateError } from "@narrowgate/kernel";
import { type DecisionRequest, type EntityRecord, type EntityRef, entityKey } from "./decision.ts";
import type { ActionShape, EntityShape, RecordShape, SchemaShape, Shape } from "./schema-shape.ts";

const maxEntities = 256;

/** An entity that conforms to the schema. */
export interface ListedEntity {
  readonly uid: EntityRef;
  readonly key: string;
  readonly attrs: JsonObject;
  readonly shape: EntityShape;
  /** Keys. */
  readonly parents: readonly string[];
}

/** One of the two a request is about. */
export interface CheckedEntity extends ListedEntity {
  /** Keys of all its ancestors, sorted, without itself. */
  readonly ancestors: readonly string[];
}

/** Entities by key. */
export type EntityIndex = ReadonlyMap<string, ListedEntity>;

/** Who would do what to what, conforming to the schema: all of a request but its context. */
export interface CheckedOperation {
  readonly principal: CheckedEntity;
  readonly resource: CheckedEntity;
  readonly action: EntityRef;
  readonly actionKey: string;
  readonly actionShape: ActionShape;
  readonly entities: EntityIndex;
}

/** A request that conforms to the schema; attributes the schema does not declare are still in it. */
export interface CheckedRequest extends CheckedOperation {
  readonly context: JsonObject;
}

function refuseRequest(message: string): never {
  throw new NarrowgateError("policy_context_invalid", message);
}

const expected: Readonly<Record<Shape["kind"], string>> = {
  string: "text without lone surrogates",
  long: "a whole number within 2^53",
  bool: "true or false",
  set: "a list",
  record: "an object",
};

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isScalar(value: JsonValue, kind: "string" | "long" | "bool"): boolean {
  if (kind === "string") return typeof value === "string" && value.isWellFormed();
  return kind === "long" ? Number.isSafeInteger(value) : typeof value === "boolean";
}

/** Why a value does not conform: where below it, and what was expected there. */
interface Misfit {
  readonly path: string;
  readonly rule: string;
}

function misfit(value: JsonValue, shape: Shape): Misfit | undefined {
  if (shape.kind === "record") {
    return isObject(value) ? recordMisfit(value, shape) : { path: "", rule: `must be ${expected.record}` };
  }
  if (shape.kind === "set") {
    return Array.isArray(value)
      ? itemMisfit(value, shape.element)
      : { path: "", rule: `must be ${expected.set}` };
  }
  return isScalar(value, shape.kind) ? undefined : { path: "", rule: `must be ${expected[shape.kind]}` };
}

function itemMisfit(items: readonly JsonValue[], element: Shape): Misfit | undefined {
  for (const item of items) {
    const found = misfit(item, element);
    if (found !== undefined) return { path: `[]${found.path}`, rule: found.rule };
  }
  return undefined;
}

function recordMisfit(value: JsonObject, shape: RecordShape): Misfit | undefined {
  for (const { name, required, shape: member } of shape.fields) {
    const given = Object.hasOwn(value, name) ? value[name] : undefined;
    const absent = required ? { path: "", rule: "is missing" } : undefined;
    const found = given === undefined ? absent : misfit(given, member);
    if (found !== undefined) return { path: `.${name}${found.path}`, rule: found.rule };
  }
  return undefined;
}

function checkRecord(value: JsonObject, shape: RecordShape, where: string): void {
  const found = recordMisfit(value, shape);
  if (found !== undefined) refuseRequest(`${where}${found.path} ${found.rule}`);
}

function listEntity({ attrs, parents, uid }: EntityRecord, schema: SchemaShape): ListedEntity {
  const shape = schema.entities.get(uid.type);
  if (shape === undefined) refuseRequest("an entity has a type the schema does not declare");
  if (!uid.id.isWellFormed()) refuseRequest("the id of an entity holds a lone surrogate");
  if (shape.ids !== undefined && !shape.ids.has(uid.id)) refuseRequest(`${uid.type} has no such member`);
  checkRecord(attrs, shape.attrs, uid.type);
  for (const parent of parents) {
    if (!shape.parentTypes.has(parent.type))
      refuseRequest(`a parent of ${uid.type} has a type it cannot have`);
  }
  return { uid, key: entityKey(uid), attrs, shape, parents: parents.map(entityKey) };
}

function listEntities(entities: readonly EntityRecord[], schema: SchemaShape): EntityIndex {
  if (entities.length > maxEntities) refuseRequest(`a request has at most ${maxEntities} entities`);
  const index = new Map<string, ListedEntity>();
  for (const entity of entities) {
    const listed = listEntity(entity, schema);
    index.set(listed.key, listed);
  }
  if (index.size !== entities.length) refuseRequest("an entity is listed twice");
  return index;
}

/**
 * Keys of all ancestors of an entity, sorted.
 * INVARIANT: an ancestor that is not listed is refused, because leaving it out would cut the way to the groups above
 * it, and a `forbid` on such a group would not apply.
 * @throws NarrowgateError `policy_context_invalid` for a parent that is not listed, and for a cycle
 */
export function ancestorsOf({ key, parents }: ListedEntity, entities: EntityIndex): readonly string[] {
  if (parents.length === 0) return parents;
  const found = new Set(parents);
  // A set visits what is added while it is walked.
  for (const each of found) {
    const entity = entities.get(each);
    if (entity === undefined) refuseRequest("a parent is not listed among the entities");
    for (const parent of entity.parents) found.add(parent);
  }
  if (found.has(key)) refuseRequest("an entity is its own ancestor");
  return [...found].sort();
}

function findEntity(ref: EntityRef, entities: EntityIndex): CheckedEntity {
  const entity = entities.get(entityKey(ref));
  if (entity === undefined) refuseRequest(`the ${ref.type} is not listed among the entities`);
  const { attrs, key, parents, shape, uid } = entity;
  return { attrs, key, parents, shape, uid, ancestors: ancestorsOf(entity, entities) };
}

function findAction(
  { action, principal, resource }: Omit<DecisionRequest, "context">,
  key: string,
  schema: SchemaShape,
): ActionShape {
  const shape = schema.actions.get(key);
  if (shape === undefined) refuseRequest("the schema does not declare the action");
  if (!shape.principalTypes.has(principal.type))
    refuseRequest(`${action.id} does not apply to such a principal`);
  if (!shape.resourceTypes.has(resource.type))
    refuseRequest(`${action.id} does not apply to such a resource`);
  return shape;
}

/**
 * Checks all of a request but its context.
 * Trust: the request may hold what an agent sent.
 * @throws NarrowgateError `policy_context_invalid`
 */
export function checkOperation(
  request: Omit<DecisionRequest, "context">,
  schema: SchemaShape,
): CheckedOperation {
  const { action } = request;
  const actionKey = entityKey(action);
  const actionShape = findAction(request, actionKey, schema);
  const entities = listEntities(request.entities, schema);
  const principal = findEntity(request.principal, entities);
  const resource = findEntity(request.resource, entities);
  return { principal, resource, action, actionKey, actionShape, entities };
}

/** Checks the context of a checked operation. @throws NarrowgateError `policy_context_invalid` */
export function checkContext(context: JsonObject, { actionShape }: CheckedOperation): void {
  checkRecord(context, actionShape.context, "context");
}

/**
 * Checks a request against the schema, so that what Cedar's validator proves of valid requests holds for it. The
 * schema bounds how deep the check goes.
 * Trust: the request may hold what an agent sent.
 * @throws NarrowgateError `policy_context_invalid`; the message names a declared path and holds no value
 */
export function checkRequest(request: DecisionRequest, schema: SchemaShape): CheckedRequest {
  const operation = checkOperation(request, schema);
  checkContext(request.context, operation);
  return { ...operation, context: request.context };
}
