import type { JsonObject, JsonValue } from "@narrowgate/kernel";

/** A pointer as steps; `*` stands for every item of a list. */
type Steps = readonly string[];

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function withoutMember(value: JsonValue, [step = "", ...rest]: Steps): JsonValue {
  if (Array.isArray(value)) return withoutItem(value, step, rest);
  if (!isObject(value) || !Object.hasOwn(value, step)) return value;
  const members = Object.entries(value).flatMap(([name, item]): [string, JsonValue][] => {
    if (name !== step) return [[name, item]];
    return rest.length === 0 ? [] : [[name, withoutMember(item, rest)]];
  });
  return Object.fromEntries(members);
}

function withoutItem(items: readonly JsonValue[], step: string, rest: Steps): JsonValue {
  return items.flatMap((item, i) => {
    if (step !== "*" && step !== String(i)) return [item];
    return rest.length === 0 ? [] : [withoutMember(item, rest)];
  });
}

/**
 * A copy without what the pointers name; what they do not reach is left as it is.
 * @param pointers - JSON Pointers; a step `*` is every item of a list
 */
export function redact(value: JsonObject, pointers: readonly string[]): JsonObject {
  const steps = pointers.map((pointer) =>
    pointer
      .split("/")
      .slice(1)
      .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~")),
  );
  const redacted = steps.reduce<JsonValue>(withoutMember, value);
  return isObject(redacted) ? redacted : {};
}
