import type { JsonObject, JsonValue } from "@narrowgate/kernel";

/** Tells an object from every other JSON value and from an absent one. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
