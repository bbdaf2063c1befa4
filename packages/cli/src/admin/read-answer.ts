import type { JsonObject, JsonValue } from "@narrowgate/kernel";

/** The value as an object; an empty one for anything else. */
export function asObject(value: JsonValue | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}

/** A text member; empty for anything else. */
export function textAt(value: JsonObject, name: string): string {
  const member = value[name];
  return typeof member === "string" ? member : typeof member === "number" ? String(member) : "";
}

/** A list of objects. */
export function objectsAt(value: JsonObject, name: string): readonly JsonObject[] {
  const member = value[name];
  return Array.isArray(member) ? member.map((item: JsonValue) => asObject(item)) : [];
}

/** A list of texts. */
export function textsAt(value: JsonObject, name: string): readonly string[] {
  const member = value[name];
  return Array.isArray(member) ? member.filter((item) => typeof item === "string") : [];
}

/** Reads a listing to its end, page by page. */
export async function readAll(
  admin: { readonly read: (path: string) => Promise<JsonObject> },
  path: string,
  name: string,
): Promise<readonly JsonObject[]> {
  const found: JsonObject[] = [];
  for (let after = ""; ; ) {
    const page = await admin.read(
      `${path}?limit=1000${after === "" ? "" : `&after=${encodeURIComponent(after)}`}`,
    );
    found.push(...objectsAt(page, name));
    const next = textAt(page, "next");
    if (next === "" || next === after) return found;
    after = next;
  }
}
