import type { JsonObject, JsonValue } from "@narrowgate/kernel";

/**
 * Finds a claim by the name a rule gives it: steps separated by `/`, as in `kubernetes.io/pod/uid`. Within a step, `~1`
 * stands for `/` and `~0` for `~` (RFC 6901), so that a claim whose own name is a URL can be named.
 * @returns undefined when it is not there
 */
export function claimAt(claims: JsonObject, name: string): JsonValue | undefined {
  let value: JsonValue | undefined = claims;
  for (const step of name.split("/")) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    const key = step.replaceAll("~1", "/").replaceAll("~0", "~");
    const members: JsonObject = Object.fromEntries(Object.entries(value));
    value = Object.hasOwn(members, key) ? members[key] : undefined;
  }
  return value;
}

/** A claim as text that rules compare: strings as they are, whole numbers and booleans as JSON writes them. */
export function claimText(claims: JsonObject, name: string): string | undefined {
  const value = claimAt(claims, name);
  if (typeof value === "string") return value;
  const isPlain = typeof value === "boolean" || (typeof value === "number" && Number.isSafeInteger(value));
  return isPlain ? String(value) : undefined;
}
