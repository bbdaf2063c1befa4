import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import { type DecisionRequest, entityKey } from "../decision.ts";
import type { PathUse } from "./path-uses.ts";

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function withValue(into: JsonObject, names: readonly string[], value: JsonValue | undefined): JsonObject {
  const [name = "", ...rest] = names;
  const others = Object.entries(into).filter(([key]) => key !== name);
  const before = Object.hasOwn(into, name) ? into[name] : undefined;
  const next = rest.length === 0 ? value : withValue(isObject(before) ? before : {}, rest, value);
  return next === undefined ? Object.fromEntries(others) : Object.fromEntries([...others, [name, next]]);
}

function valueIn(from: JsonObject, [name = "", ...rest]: readonly string[]): JsonValue | undefined {
  const value = Object.hasOwn(from, name) ? from[name] : undefined;
  if (rest.length === 0) return value;
  return isObject(value) ? valueIn(value, rest) : undefined;
}

/** The value a request has at a path; undefined when it has none. */
export function valueAtPath(
  request: DecisionRequest,
  [root, ...names]: PathUse["path"],
): JsonValue | undefined {
  if (root === "context") return valueIn(request.context, names);
  const key = entityKey(request[root]);
  const entity = request.entities.find(({ uid }) => entityKey(uid) === key);
  return entity === undefined ? undefined : valueIn(entity.attrs, names);
}

/** The same request with another value at one path; `undefined` takes it away. */
export function withValueAtPath(
  request: DecisionRequest,
  [root, ...names]: PathUse["path"],
  value: JsonValue | undefined,
): DecisionRequest {
  if (root === "context") return { ...request, context: withValue(request.context, names, value) };
  const key = entityKey(request[root]);
  const entities = request.entities.map((entity) =>
    entityKey(entity.uid) === key ? { ...entity, attrs: withValue(entity.attrs, names, value) } : entity,
  );
  return { ...request, entities };
}
