import { NarrowgateError } from "@narrowgate/kernel";
import { compareText, entityKey } from "./decision.ts";

/** The type of a value, as far as this package lets values have one. */
export type Shape =
  | { readonly kind: "string" | "long" | "bool" }
  | { readonly kind: "set"; readonly element: Shape }
  | RecordShape;

/** A closed record. */
export interface RecordShape {
  readonly kind: "record";
  /** Sorted by name. */
  readonly fields: readonly Field[];
}

/** One attribute of a record. */
export interface Field {
  readonly name: string;
  /** The name as a JSON string, and a colon. */
  readonly label: string;
  readonly shape: Shape;
  readonly required: boolean;
}

/** What the schema says of one entity type. */
export interface EntityShape {
  readonly attrs: RecordShape;
  /** Types its parents may have. */
  readonly parentTypes: ReadonlySet<string>;
  /** The only ids there are, when the type is an enumeration. */
  readonly ids: ReadonlySet<string> | undefined;
}

/** What the schema says of one action. */
export interface ActionShape {
  readonly principalTypes: ReadonlySet<string>;
  readonly resourceTypes: ReadonlySet<string>;
  readonly context: RecordShape;
  /** Keys of this action and of every group it is in. */
  readonly ancestors: ReadonlySet<string>;
}

/** A schema, resolved: by entity type, and by key of the action. */
export interface SchemaShape {
  readonly entities: ReadonlyMap<string, EntityShape>;
  readonly actions: ReadonlyMap<string, ActionShape>;
}

const emptyRecord: RecordShape = { kind: "record", fields: [] };
const plainKinds: Readonly<Record<string, Shape>> = {
  String: { kind: "string" },
  Long: { kind: "long" },
  Bool: { kind: "bool" },
  Boolean: { kind: "bool" },
};

function refuse(message: string): never {
  throw new NarrowgateError("policy_invalid", message);
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(Object.entries(value));
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

type CommonTypes = ReadonlyMap<string, unknown>;

function readRecord(type: unknown, common: CommonTypes, where: string): RecordShape {
  const shape = type === undefined ? emptyRecord : readShape(type, common, where);
  return shape.kind === "record" ? shape : refuse(`${where} must be a record`);
}

function readField(name: string, type: unknown, common: CommonTypes, where: string): Field {
  // TRUST: Cedar's JSON form gives names such as `__entity` a meaning of their own; none can be declared, and what
  // is not declared never reaches Cedar, so no argument of an agent can turn into an entity or an extension value.
  if (name.startsWith("__")) refuse(`${where}.${name}: a name must not begin with two underscores`);
  const required = objectOf(type).required !== false;
  return {
    name,
    label: `${JSON.stringify(name)}:`,
    shape: readShape(type, common, `${where}.${name}`),
    required,
  };
}

function readShape(type: unknown, common: CommonTypes, where: string): Shape {
  const given = objectOf(type);
  const name = String(given.type).replace(/^__cedar::/, "");
  const plain = Object.hasOwn(plainKinds, name) ? plainKinds[name] : undefined;
  if (plain !== undefined) return plain;
  if (name === "Set") return { kind: "set", element: readShape(given.element, common, `${where}[]`) };
  if (name === "Record") {
    const fields = Object.entries(objectOf(given.attributes))
      .map(([field, fieldType]) => readField(field, fieldType, common, where))
      .sort((a, b) => compareText(a.name, b.name));
    return { kind: "record", fields };
  }
  if (common.has(name)) return readShape(common.get(name), common, where);
  return refuse(`${where}: a value is a String, a Long, a Bool, a Set or a record of these, not \`${name}\``);
}

function qualify(namespace: string, name: string): string {
  return namespace === "" ? name : `${namespace}::${name}`;
}

function readEntity(name: string, declared: unknown, common: CommonTypes): EntityShape {
  const given = objectOf(declared);
  if (given.tags !== undefined) refuse(`entity ${name}: tags are not supported, use attributes`);
  return {
    attrs: readRecord(given.shape, common, name),
    parentTypes: new Set(textsOf(given.memberOfTypes)),
    ids: given.enum === undefined ? undefined : new Set(textsOf(given.enum)),
  };
}

interface DeclaredAction {
  readonly appliesTo: Readonly<Record<string, unknown>>;
  readonly groups: readonly string[];
}

function readGroups(memberOf: unknown, ownType: string): string[] {
  if (!Array.isArray(memberOf)) return [];
  return memberOf.map((group: unknown) => {
    const { id, type } = objectOf(group);
    return entityKey({ type: typeof type === "string" ? type : ownType, id: String(id) });
  });
}

function ancestorsOf(key: string, declared: ReadonlyMap<string, DeclaredAction>): Set<string> {
  const found = new Set([key]);
  // A set visits what is added while it is walked.
  for (const each of found) for (const group of declared.get(each)?.groups ?? []) found.add(group);
  return found;
}

/**
 * Reads the resolved JSON form of a schema.
 * Trust: Cedar has accepted the schema.
 * @throws NarrowgateError `policy_invalid` for what Cedar has and we do not: attributes that are entities or extension
 * values, tags, and names that begin with two underscores
 */
export function readSchema(resolved: unknown): SchemaShape {
  const namespaces = Object.entries(objectOf(resolved));
  const common = new Map<string, unknown>();
  for (const [namespace, content] of namespaces) {
    for (const [name, type] of Object.entries(objectOf(objectOf(content).commonTypes))) {
      common.set(qualify(namespace, name), type);
    }
  }
  const entities = new Map<string, EntityShape>();
  const declared = new Map<string, DeclaredAction>();
  for (const [namespace, content] of namespaces) {
    const { entityTypes, actions } = objectOf(content);
    for (const [name, type] of Object.entries(objectOf(entityTypes))) {
      entities.set(qualify(namespace, name), readEntity(qualify(namespace, name), type, common));
    }
    const actionType = qualify(namespace, "Action");
    for (const [id, action] of Object.entries(objectOf(actions))) {
      const { appliesTo, memberOf } = objectOf(action);
      declared.set(entityKey({ type: actionType, id }), {
        appliesTo: objectOf(appliesTo),
        groups: readGroups(memberOf, actionType),
      });
    }
  }
  return { entities, actions: readActions(declared, common) };
}

function readActions(
  declared: ReadonlyMap<string, DeclaredAction>,
  common: CommonTypes,
): Map<string, ActionShape> {
  const actions = new Map<string, ActionShape>();
  for (const [key, { appliesTo }] of declared) {
    actions.set(key, {
      principalTypes: new Set(textsOf(appliesTo.principalTypes)),
      resourceTypes: new Set(textsOf(appliesTo.resourceTypes)),
      context: readRecord(appliesTo.context, common, "context"),
      ancestors: ancestorsOf(key, declared),
    });
  }
  return actions;
}
