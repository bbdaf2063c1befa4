import { DATA_CLASSES } from "@narrowgate/contracts";
import { type JsonObject, type JsonValue, NarrowgateError } from "@narrowgate/kernel";
import type { EntityRef } from "../decision.ts";

/** Actions by which an agent uses an operation of a server. */
export const CALL_ACTIONS: ReadonlySet<string> = new Set(["call_tool", "read_resource", "get_prompt"]);

// A Wednesday at noon: inside whatever hours of work a policy names.
const noonUnixS = 1_767_787_200;

/** The context of an unremarkable request: a person's own signed mandate, nothing read, nothing spent, nobody asked. */
export function defaultContext(action: string, principal: EntityRef): JsonObject {
  const isCall = CALL_ACTIONS.has(action);
  return {
    actor_root: principal.id,
    actors: [principal.id],
    assurance: "enrolled",
    basis: "signed_by_subject",
    bodySigned: true,
    depth: 1,
    entitlements: { groups: [] },
    env: "dev",
    instance: "instance",
    intent: { case: "", declared: false, resources: [], tools: [] },
    labels: { data_class: "public", rank: 0, untrusted: false },
    mandate: { age_s: 0, purpose: "" },
    protocol: isCall ? "mcp" : "oauth",
    scopes: [],
    subject: { id: "someone", type: "user" },
    time: { hour_utc: 12, unix_s: noonUnixS, weekday_utc: 3 },
    txn: "transaction",
    ...(isCall ? { approvals: [], spent: { amount: 0, calls: 0, rows: 0 } } : {}),
    ...(action === "call_tool" ? { args: {} } : {}),
  };
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function merge(into: JsonObject, over: JsonObject, path: string): JsonObject {
  const merged: Record<string, JsonValue> = { ...into };
  for (const [name, value] of Object.entries(over)) {
    const before = Object.hasOwn(into, name) ? into[name] : undefined;
    // A misspelt name would leave the default in place, and the case would speak of something else.
    if (before === undefined)
      throw new NarrowgateError("malformed_input", `${path}/${name}: a request has no such attribute`);
    const isOpen = path === "/context" && name === "args";
    merged[name] =
      isObject(before) && isObject(value) && !isOpen ? merge(before, value, `${path}/${name}`) : value;
  }
  return merged;
}

/** The class and its rank say the same; whoever writes one means both. */
function withRank(context: JsonObject, over: JsonObject): JsonObject {
  const { labels } = context;
  const said = isObject(over.labels) ? over.labels : {};
  if (!isObject(labels)) return context;
  const classes: readonly (JsonValue | undefined)[] = DATA_CLASSES;
  const rank = classes.indexOf(said.data_class);
  if (said.rank === undefined && rank >= 0) return { ...context, labels: { ...labels, rank } };
  const name = DATA_CLASSES.find((_, i) => i === said.rank);
  if (said.data_class === undefined && name !== undefined)
    return { ...context, labels: { ...labels, data_class: name } };
  return context;
}

/** A call that declares an intent says so. */
function withDeclared(context: JsonObject, over: JsonObject): JsonObject {
  const { intent } = context;
  if (!isObject(over.intent) || !isObject(intent) || over.intent.declared !== undefined) return context;
  return { ...context, intent: { ...intent, declared: true } };
}

/**
 * Puts what a case says over a context, member by member; arguments are taken as they stand.
 * @throws NarrowgateError `malformed_input` for a name that no request of this action has
 */
export function overContext(context: JsonObject, over: JsonObject): JsonObject {
  return withDeclared(withRank(merge(context, over, "/context"), over), over);
}
