import type { JsonObject, JsonValue } from "@narrowgate/kernel";

/** Tells an object from every other JSON value and from an absent one. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** One text, or a list of texts, as a list; anything else gives none. */
export function textsOf(value: JsonValue | undefined): readonly string[] {
  const items = Array.isArray(value) ? value : [value];
  return items.filter((item) => typeof item === "string");
}
