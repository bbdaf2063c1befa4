import { at, listAt, objectOf, textAt } from "../wire/reading.ts";

const MAX_DEPTH = 6;

interface Making {
  /** The whole schema, for references into it. */
  readonly root: unknown;
  readonly mark: string;
  readonly depth: number;
}

function resolved(schema: unknown, { root }: Making): unknown {
  const reference = textAt(schema, "$ref");
  return reference.startsWith("#/") ? at(root, ...reference.slice(2).split("/")) : schema;
}

const FORMATS: Readonly<Record<string, string>> = {
  date: "2026-01-01",
  "date-time": "2026-01-01T00:00:00Z",
  email: "somebody@drill.example",
  uri: "https://drill.example/",
  uuid: "00000000-0000-4000-8000-000000000000",
};

function textFor(schema: unknown, mark: string): string {
  const format = FORMATS[textAt(schema, "format")];
  if (format !== undefined) return format;
  const longest = at(schema, "maxLength");
  return typeof longest === "number" ? mark.slice(0, longest) : mark;
}

function numberFor(schema: unknown): number {
  const [least, most] = [at(schema, "minimum"), at(schema, "maximum")];
  if (typeof least === "number") return Math.ceil(least);
  return typeof most === "number" ? Math.min(1, Math.floor(most)) : 1;
}

function listFor(schema: unknown, making: Making): readonly unknown[] {
  const least = at(schema, "minItems");
  const length = typeof least === "number" ? Math.min(least, 8) : 0;
  return Array.from({ length }, () => valueFor(at(schema, "items"), making));
}

function membersFor(schema: unknown, making: Making): Readonly<Record<string, unknown>> {
  const known = objectOf(at(schema, "properties"));
  const names = listAt(schema, "required").filter((name) => typeof name === "string");
  return Object.fromEntries(names.map((name) => [name, valueFor(known[name], making)]));
}

function typeOf(schema: unknown): string {
  const type = at(schema, "type");
  if (typeof type === "string") return type;
  const first = Array.isArray(type) ? type.find((one) => one !== "null") : undefined;
  if (typeof first === "string") return first;
  return at(schema, "properties") === undefined ? "string" : "object";
}

function stated(schema: unknown): { readonly value: unknown } | undefined {
  const [first] = listAt(schema, "enum");
  for (const value of [at(schema, "const"), first, at(schema, "default")])
    if (value !== undefined) return { value };
  return undefined;
}

/** A value that a schema admits, as far as one can be made without knowing what it means. */
function valueFor(given: unknown, making: Making): unknown {
  const schema = resolved(given, making);
  const next = { ...making, depth: making.depth - 1 };
  const fixed = stated(schema);
  if (fixed !== undefined) return fixed.value;
  if (making.depth <= 0) return null;
  const [one] = [...listAt(schema, "anyOf"), ...listAt(schema, "oneOf"), ...listAt(schema, "allOf")];
  if (one !== undefined) return valueFor(one, next);
  switch (typeOf(schema)) {
    case "integer":
    case "number":
      return numberFor(schema);
    case "boolean":
      return false;
    case "null":
      return null;
    case "array":
      return listFor(schema, next);
    case "object":
      return membersFor(schema, next);
    default:
      return textFor(schema, making.mark);
  }
}

/** An answer that an output schema admits. */
export function answerFor(schema: unknown): unknown {
  return valueFor(schema, { root: schema, mark: "recorded", depth: MAX_DEPTH });
}

/** What a constraint of an authority admits. @see docs/spec/authority.md section 2 */
function admitted(constraint: unknown, otherwise: unknown, mark: string): unknown {
  const equals = at(constraint, "equals");
  if (equals !== undefined) return equals;
  const [first] = listAt(constraint, "one_of");
  if (first !== undefined) return first;
  const prefix = textAt(constraint, "prefix");
  if (prefix !== "") return `${prefix}${mark}`;
  const [least, most] = [at(constraint, "min"), at(constraint, "max")];
  if (typeof least === "number") return least;
  return typeof most === "number" ? Math.min(1, most) : otherwise;
}

function put(args: Record<string, unknown>, pointer: string, value: unknown): void {
  const steps = pointer
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  const last = steps.pop() ?? "";
  let place = args;
  for (const step of steps) {
    const inside = { ...objectOf(place[step]) };
    place[step] = inside;
    place = inside;
  }
  place[last] = value;
}

/** A member that takes any text, to tell calls apart by. */
function freeText(schema: unknown, taken: Readonly<Record<string, unknown>>): string | undefined {
  const plain = ["pattern", "format", "enum", "const", "maxLength"];
  const found = Object.entries(objectOf(at(schema, "properties"))).find(
    ([name, one]) =>
      !Object.hasOwn(taken, name) &&
      at(one, "type") === "string" &&
      plain.every((word) => at(one, word) === undefined),
  );
  return found?.[0];
}

/**
 * Arguments that a schema and the constraints of a ceiling admit, with a mark in them wherever one fits. What they mean is
 * not known here: nothing that anybody ever sent is in them.
 */
export function argumentsFor(
  schema: unknown,
  constraints: unknown,
  mark: string,
): Readonly<Record<string, unknown>> {
  const args = { ...membersFor(schema, { root: schema, mark, depth: MAX_DEPTH }) };
  for (const [pointer, constraint] of Object.entries(objectOf(constraints))) {
    const steps = pointer.slice(1).split("/");
    const known = at(
      schema,
      "properties",
      ...steps.flatMap((step, i) => (i === 0 ? [step] : ["properties", step])),
    );
    const otherwise = valueFor(known, { root: schema, mark, depth: MAX_DEPTH });
    put(args, pointer, admitted(constraint, otherwise, mark));
  }
  if (JSON.stringify(args).includes(mark)) return args;
  const name = freeText(schema, args);
  return name === undefined ? args : { ...args, [name]: mark };
}
