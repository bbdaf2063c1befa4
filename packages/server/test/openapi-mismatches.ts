/** A schema of an OpenAPI description, as far as answers are held against it. */
export type Schema = Readonly<Record<string, unknown>>;

/** The value at a path of names; undefined where there is none. */
export function member(value: unknown, ...names: readonly string[]): unknown {
  return names.reduce<unknown>((at, name) => Reflect.get(Object(at), name), value);
}

/** Operations of a description, each as method and path. */
export function describedOperations(description: unknown): readonly string[] {
  const paths = Object(member(description, "paths"));
  return Object.keys(paths).flatMap((path) =>
    Object.keys(paths[path]).map((method) => `${method.toUpperCase()} ${path}`),
  );
}

/** Names of members that a value has against its schema: missing, unknown, or of another kind. */
export function mismatches(description: unknown, schema: Schema, value: unknown, at = ""): readonly string[] {
  const { $ref: ref, oneOf, type, items } = schema;
  if (typeof ref === "string")
    return mismatches(description, member(description, ...ref.slice(2).split("/")) as Schema, value, at);
  if (Array.isArray(oneOf))
    return oneOf.some((one) => mismatches(description, one, value).length === 0) ? [] : [`${at} fits none`];
  if (type === "array") {
    if (!Array.isArray(value)) return [`${at} is no list`];
    return value.flatMap((item, i) => mismatches(description, items as Schema, item, `${at}/${i}`));
  }
  if (type === "object") return objectMismatches(description, schema, value, at);
  const kinds: Record<string, string> = {
    string: "string",
    integer: "number",
    number: "number",
    boolean: "boolean",
  };
  return typeof type === "string" && typeof value !== kinds[type] ? [`${at} is no ${type}`] : [];
}

function objectMismatches(
  description: unknown,
  schema: Schema,
  value: unknown,
  at: string,
): readonly string[] {
  if (typeof value !== "object" || value === null) return [`${at} is no object`];
  const { properties, required, additionalProperties } = schema;
  if (properties === undefined) return [];
  const known = Object.entries(properties as Record<string, Schema>);
  const names = known.map(([name]) => name);
  const missing = ((required ?? []) as readonly string[]).filter((name) => !(name in value));
  const unknown =
    additionalProperties === false ? Object.keys(value).filter((name) => !names.includes(name)) : [];
  const below = known.flatMap(([name, one]) =>
    name in value ? mismatches(description, one, Reflect.get(value, name), `${at}/${name}`) : [],
  );
  return [
    ...missing.map((name) => `${at}/${name} is missing`),
    ...unknown.map((name) => `${at}/${name} is unknown`),
    ...below,
  ];
}

/** What one answer has against its description. */
export function answerMismatches(
  description: unknown,
  { method, path }: { readonly method: string; readonly path: string },
  answer: { readonly status: number; readonly json: unknown },
): readonly string[] {
  const responses = member(description, "paths", path, method.toLowerCase(), "responses");
  const schema = member(responses, String(answer.status), "content", "application/json", "schema");
  const place = `${method} ${path}`;
  if (schema === undefined) return [`${place}: ${answer.status} ${JSON.stringify(answer.json)}`];
  return mismatches(description, schema as Schema, answer.json).map((wrong) => `${place}: ${wrong}`);
}
