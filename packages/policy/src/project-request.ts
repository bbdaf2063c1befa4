import { invariant, type JsonObject, type JsonValue } from "@narrowgate/kernel";
import {
  ancestorsOf,
  type CheckedEntity,
  type CheckedOperation,
  type CheckedRequest,
  type ListedEntity,
} from "./check-request.ts";
import { compareText, type EntityRef, splitEntityKey } from "./decision.ts";
import type { ReadTree, ReadTrees } from "./read-set.ts";
import type { RecordShape, Shape } from "./schema-shape.ts";

/** A value Cedar has: JSON without null. */
export type CedarValue = boolean | number | string | CedarValue[] | CedarRecord;

/** A record of such values. */
export interface CedarRecord {
  [name: string]: CedarValue;
}

/** An entity as a projection holds it: its ancestors stand in for its parents. */
export interface ProjectedEntity {
  readonly uid: EntityRef;
  readonly attrs: CedarRecord;
  readonly parents: EntityRef[];
}

/** The part of a request that some policies can read, as Cedar takes it. */
export interface Projection {
  readonly principal: EntityRef;
  readonly action: EntityRef;
  readonly resource: EntityRef;
  readonly context: CedarRecord;
  /** Sorted by key; without the action, and without those of which nothing is read. */
  readonly entities: readonly ProjectedEntity[];
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** JSON.stringify writes a well-formed string and a whole number as RFC 8785 does. */
function writeValue(value: JsonValue, shape: Shape, tree: ReadTree): string {
  if (shape.kind === "record") {
    invariant(isObject(value), "a checked value has the shape it was checked for");
    return writeRecord(value, shape, tree);
  }
  // Nothing is asked of it but whether it is there.
  if (!tree.whole) return "true";
  if (shape.kind === "set") {
    invariant(Array.isArray(value), "a checked value has the shape it was checked for");
    return `[${value.map((item) => writeValue(item, shape.element, everything)).join()}]`;
  }
  return JSON.stringify(value);
}

function writeRecord(value: JsonObject, shape: RecordShape, tree: ReadTree): string {
  if (!isRead(tree)) return "{}";
  let text = "";
  for (const { name, label, shape: member } of shape.fields) {
    const read = tree.whole ? everything : tree.members.get(name);
    const given = read !== undefined && Object.hasOwn(value, name) ? value[name] : undefined;
    if (read === undefined || given === undefined) continue;
    text += `${text === "" ? "" : ","}${label}${writeValue(given, member, read)}`;
  }
  return `{${text}}`;
}

const everything: ReadTree = { whole: true, members: new Map() };

function writeRef({ id, type }: EntityRef): string {
  return `{"id":${JSON.stringify(id)},"type":${JSON.stringify(type)}}`;
}

function writeEntity(
  { attrs, shape, uid }: ListedEntity,
  tree: ReadTree,
  ancestors: readonly string[],
): string {
  const parents = ancestors.map((key) => writeRef(splitEntityKey(key))).join();
  return `{"attrs":${writeRecord(attrs, shape.attrs, tree)},"parents":[${parents}],"uid":${writeRef(uid)}}`;
}

function isRead(tree: ReadTree): boolean {
  return tree.whole || tree.members.size > 0;
}

function unite(a: ReadTree, b: ReadTree): ReadTree {
  const members = new Map(a.members);
  for (const [name, member] of b.members) {
    const other = members.get(name);
    members.set(name, other === undefined ? member : unite(other, member));
  }
  return { whole: a.whole || b.whole, members };
}

/** An entity with nothing to read and nobody above it says nothing: Cedar answers alike without it. */
function writeUnlessIdle(entity: CheckedEntity, tree: ReadTree, hierarchy: boolean): string {
  const ancestors = hierarchy ? entity.ancestors : [];
  return ancestors.length > 0 || isRead(tree) ? writeEntity(entity, tree, ancestors) : "";
}

function writePair({ principal, resource }: CheckedOperation, trees: ReadTrees): string {
  if (principal.key === resource.key) {
    return writeUnlessIdle(principal, unite(trees.principal, trees.resource), trees.hierarchy);
  }
  const ofPrincipal = writeUnlessIdle(principal, trees.principal, trees.hierarchy);
  const ofResource = writeUnlessIdle(resource, trees.resource, trees.hierarchy);
  const comma = ofPrincipal === "" || ofResource === "" ? "" : ",";
  return principal.key < resource.key ? ofPrincipal + comma + ofResource : ofResource + comma + ofPrincipal;
}

function writeAll({ entities }: CheckedOperation): string {
  return [...entities.values()]
    .sort((a, b) => compareText(a.key, b.key))
    .map((entity) => writeEntity(entity, everything, ancestorsOf(entity, entities)))
    .join();
}

/** A projection but for its context: what stands before it, and what after. */
export interface ProjectedOperation {
  readonly before: string;
  readonly after: string;
}

/** Projects all of a request but its context; see {@link projectRequest}. */
export function projectOperation(operation: CheckedOperation, trees: ReadTrees): ProjectedOperation {
  const entities = trees.everyEntity ? writeAll(operation) : writePair(operation, trees);
  const principal = writeRef(operation.principal.uid);
  const resource = writeRef(operation.resource.uid);
  return {
    before: `{"action":${writeRef(operation.action)},"context":`,
    after: `,"entities":[${entities}],"principal":${principal},"resource":${resource}}`,
  };
}

/** Projects a context. Trust: it was checked. */
export function projectContext(
  context: JsonObject,
  { actionShape }: CheckedOperation,
  trees: ReadTrees,
): string {
  return writeRecord(context, actionShape.context, trees.context);
}

/**
 * Cuts a request down to what the given read set names and the schema declares, as canonical JSON.
 * INVARIANT: Cedar is given what {@link parseProjection} reads from this text and nothing else, so two requests with
 * one text get one decision.
 * Trust: the request was checked against the schema.
 */
export function projectRequest(request: CheckedRequest, trees: ReadTrees): string {
  const { before, after } = projectOperation(request, trees);
  return `${before}${projectContext(request.context, request, trees)}${after}`;
}

/** Reads what {@link projectRequest} wrote. Trust: nobody else wrote `text`. */
export function parseProjection(text: string): Projection {
  const projection: Projection = JSON.parse(text);
  return projection;
}
