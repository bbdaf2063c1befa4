import { canonicalJson, type JsonObject, type JsonValue } from "@narrowgate/kernel";
import { compareText } from "./decision.ts";

/** A registered tool, as far as the schema depends on it. */
export interface RegisteredTool {
  readonly server: string;
  readonly name: string;
  /** The JSON Schema of its arguments, as pinned. */
  readonly inputSchema: JsonObject;
}

/** What the schema is made from. */
export interface RegistrySchemaInput {
  readonly tools: readonly RegisteredTool[];
}

/** A schema made from the registry. */
export interface RegistrySchema {
  /** JSON form of a Cedar schema, canonical: one registry, one text. */
  readonly schema: string;
  /**
   * Arguments that policies cannot read, sorted: their type has no counterpart in Cedar, or two tools give one name
   * different types. Pointers into `context.args`, with `*` for the items of an array.
   */
  readonly omitted: readonly string[];
}

const text: JsonObject = { type: "String" };
const whole: JsonObject = { type: "Long" };
const flag: JsonObject = { type: "Boolean" };
const texts: JsonObject = { type: "Set", element: text };

function record(attributes: JsonObject): JsonObject {
  return { type: "Record", attributes };
}

const operation: JsonObject = record({
  server: text,
  name: text,
  dataClass: text,
  effect: text,
  egress: flag,
});

// The nouns. A tool, a prompt and a family of resources belong to their server; nothing else has parents.
const entityTypes: JsonObject = {
  Agent: { shape: record({ tier: text, owner: text, purpose: text }) },
  Subject: {},
  Server: {},
  Tool: { memberOfTypes: ["Server"], shape: operation },
  Resource: { memberOfTypes: ["Server"], shape: operation },
  Prompt: { memberOfTypes: ["Server"], shape: operation },
};

// What every decision knows. `actors` is the chain as a set; its outermost member is `actor_root`.
const contextAttributes: JsonObject = {
  env: text,
  txn: text,
  basis: text,
  assurance: text,
  depth: whole,
  actors: texts,
  actor_root: text,
  subject: record({ id: text, type: text }),
  mandate: record({ purpose: text, age_s: whole }),
  time: record({ unix_s: whole, hour_utc: whole, weekday_utc: whole }),
  scopes: texts,
  intent: record({ case: text, declared: flag, resources: texts, tools: texts }),
  entitlements: record({ groups: texts }),
  labels: record({ data_class: text, rank: whole, untrusted: flag }),
  instance: text,
  protocol: text,
  bodySigned: flag,
};

// What only a call knows: what its transaction has spent before, and which signatures hold for exactly this call.
const callAttributes: JsonObject = {
  ...contextAttributes,
  approvals: texts,
  spent: record({ amount: whole, calls: whole, rows: whole }),
};
const calls: ReadonlySet<string> = new Set(["call_tool", "read_resource", "get_prompt"]);

// The verbs: who may do each to what. `call_tool` also has `args`.
const actions: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ["call_tool", ["Agent"], ["Tool"]],
  ["read_resource", ["Agent"], ["Resource"]],
  ["get_prompt", ["Agent"], ["Prompt"]],
  ["exchange_token", ["Agent"], ["Agent", "Server"]],
  ["mint_token", ["Agent"], ["Agent", "Server"]],
  ["open_mandate", ["Agent", "Subject"], ["Agent"]],
];

const maxArgumentDepth = 8;
// TRUST: a tool server chose the names; an odd one must not spoil the schema for all.
const argumentName = /^(?!__)[A-Za-z0-9_.$@ -]{1,64}$/;
const plainTypes: Readonly<Record<string, JsonObject>> = { string: text, integer: whole, boolean: flag };

/** What all tools together say of the arguments at one place. */
interface Place {
  /** JSON Schema types claimed for it; `?` stands for what Cedar has no counterpart of. */
  readonly claims: Set<string>;
  readonly members: Map<string, Place>;
  /** The items, when it is an array. */
  items: Place | undefined;
}

function newPlace(): Place {
  return { claims: new Set(), members: new Map(), items: undefined };
}

function member(schema: JsonValue | undefined, name: string): JsonValue | undefined {
  if (typeof schema !== "object" || schema === null || !Object.hasOwn(schema, name)) return undefined;
  return new Map(Object.entries(schema)).get(name);
}

function claimMembers(place: Place, properties: JsonValue | undefined, depth: number): void {
  if (typeof properties !== "object" || properties === null) return;
  for (const [name, argument] of Object.entries(properties)) {
    const at = place.members.get(name) ?? newPlace();
    place.members.set(name, at);
    claim(at, argument, depth + 1);
  }
}

function claim(place: Place, schema: JsonValue | undefined, depth: number): void {
  const type = member(schema, "type");
  if (typeof type !== "string" || depth > maxArgumentDepth) {
    place.claims.add("?");
    return;
  }
  place.claims.add(type);
  if (type === "object") claimMembers(place, member(schema, "properties"), depth);
  if (type === "array") {
    place.items ??= newPlace();
    claim(place.items, member(schema, "items"), depth + 1);
  }
}

function pointer(path: string, name: string): string {
  return `${path}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** The Cedar type all tools agree on, or nothing. */
function agreedType(place: Place, path: string, omitted: string[]): JsonObject | undefined {
  const [type, ...others] = place.claims;
  if (type === undefined || others.length > 0) return undefined;
  if (type === "object") return agreedRecord(place, path, omitted);
  if (type === "array" && place.items !== undefined) {
    const element = agreedType(place.items, `${path}/*`, omitted);
    return element === undefined ? undefined : { type: "Set", element };
  }
  return Object.hasOwn(plainTypes, type) ? plainTypes[type] : undefined;
}

function agreedRecord(place: Place, path: string, omitted: string[]): JsonObject {
  const attributes: Record<string, JsonObject> = {};
  for (const [name, argument] of place.members) {
    const at = pointer(path, name);
    const type = argumentName.test(name) ? agreedType(argument, at, omitted) : undefined;
    if (type === undefined) omitted.push(at);
    else attributes[name] = { ...type, required: false };
  }
  return record(attributes);
}

/**
 * Makes the Cedar schema of an instance from its registry.
 * Trust: `inputSchema` comes from a tool server and was pinned by an operator; it can add readable arguments and take
 * some away, and nothing else.
 * @see docs/design/policy.md, Schema
 */
export function schemaFromRegistry(input: RegistrySchemaInput): RegistrySchema {
  const place = newPlace();
  for (const { inputSchema } of input.tools) claimMembers(place, member(inputSchema, "properties"), 0);
  const omitted: string[] = [];
  const args: JsonObject = { ...agreedRecord(place, "", omitted), required: false };
  const declared: Record<string, JsonObject> = {};
  for (const [name, principalTypes, resourceTypes] of actions) {
    const known = calls.has(name) ? callAttributes : contextAttributes;
    const attributes = name === "call_tool" ? { ...known, args } : known;
    declared[name] = { appliesTo: { principalTypes, resourceTypes, context: record(attributes) } };
  }
  return {
    schema: canonicalJson({ "": { entityTypes, actions: declared } }),
    omitted: omitted.sort(compareText),
  };
}
