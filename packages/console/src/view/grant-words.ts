import type { JsonObject, JsonValue } from "@narrowgate/kernel";

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function quoted(value: JsonValue | undefined): string {
  return typeof value === "string" ? `“${value}”` : JSON.stringify(value ?? null);
}

function listed(value: JsonValue | undefined): string {
  return Array.isArray(value) ? value.map((item: JsonValue) => quoted(item)).join(" or ") : quoted(value);
}

const operators: Readonly<Record<string, (value: JsonValue) => string>> = {
  equals: (value) => `is ${quoted(value)}`,
  one_of: (value) => `is ${listed(value)}`,
  prefix: (value) => `begins with ${quoted(value)}`,
  max: (value) => `at most ${quoted(value)}`,
  min: (value) => `at least ${quoted(value)}`,
};

function constraintWords(constraint: JsonValue): string {
  if (!isObject(constraint)) return quoted(constraint);
  const parts = Object.entries(constraint).map(([name, value]) => {
    const words = Object.hasOwn(operators, name) ? operators[name] : undefined;
    return words === undefined ? `${name} ${quoted(value)}` : words(value);
  });
  return parts.join(" and ");
}

function operationWords({ tools, prompts, uris }: JsonObject): string {
  const names = tools ?? prompts;
  if (Array.isArray(names)) return names.map(String).join(", ");
  return uris === undefined ? "nothing named" : `what ${constraintWords(uris)}`;
}

function limits({ constraints, data_class: dataClass, caps, depth }: JsonObject): readonly string[] {
  const pointers = isObject(constraints) ? Object.entries(constraints) : [];
  const counted = isObject(caps) ? Object.entries(caps) : [];
  return [
    ...pointers.map(([pointer, constraint]) => `${pointer} ${constraintWords(constraint)}`),
    ...(typeof dataClass === "string" ? [`data up to ${dataClass}`] : []),
    ...counted.map(([name, count]) => `at most ${quoted(count)} ${name}`),
    ...(typeof depth === "number"
      ? [depth === 0 ? "no further hand-off" : `further hand-offs: ${depth}`]
      : []),
  ];
}

/**
 * One authorization detail in words: where, what, and within which limits.
 * Trust: the detail comes from a bundle, and may have any shape; the verifier says whether it was lawful.
 * @see docs/spec/authority.md section 1
 */
export function grantWords(detail: JsonObject): string {
  const server = typeof detail.server === "string" ? detail.server : "no server";
  return [`${server}: ${operationWords(detail)}`, ...limits(detail)].join("; ");
}
