import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import { isNarrowgateError } from "@narrowgate/kernel";
import { compilePattern } from "../flow/linear-pattern.ts";
import type { ResponseCondition, ResponseRule, ResponseSchema } from "../flow/response-rule.ts";
import { flag, integer, json, jsonObject, listOf, oneOf, refuseInput, text } from "../reading/readers.ts";
import { optional, type Reader, shape } from "../reading/shape.ts";
import type { DataClassName } from "./data-classes.ts";
import { DATA_CLASSES } from "./data-classes.ts";

/** Most rules of one server. */
export const MAX_RESPONSE_RULES = 64;
/** Types that the schema of a rule knows. */
export const RULE_TYPES = ["object", "array", "string", "number", "integer", "boolean", "null"] as const;
const MAX_DEPTH = 8;

const toolName = text({ min: 1, max: 128, pattern: /^[A-Za-z0-9_-][A-Za-z0-9_\-./]*$/ });
const pointer = text({ min: 2, max: 256, pattern: /^(?:\/(?:[^~/]|~[01])+)+$/u });
const memberName = text({ min: 1, max: 128 });

const scalar: Reader<string | number | boolean | null> = (value, path) => {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  return typeof value === "number" && Number.isFinite(value)
    ? value
    : refuseInput(path, "must be a text, a number, true, false or null");
};

const number: Reader<number> = (value, path) =>
  typeof value === "number" && Number.isFinite(value) ? value : refuseInput(path, "must be a number");

const pattern: Reader<string> = (value, path) => {
  const read = text({ min: 1, max: 512 })(value, path);
  try {
    compilePattern(read);
  } catch (error) {
    if (!isNarrowgateError(error)) throw error;
    refuseInput(path, error.publicMessage);
  }
  return read;
};

function propertiesReader(depth: number): Reader<Readonly<Record<string, ResponseSchema>>> {
  return (value, path) => {
    const entries = Object.entries(jsonObject(value, path));
    if (entries.length > 64) refuseInput(path, "must hold at most 64 members");
    return Object.fromEntries(
      entries.map(([name, item]) => [
        memberName(name, path),
        schemaReader(depth - 1)(item, `${path}/${name}`),
      ]),
    );
  };
}

function schemaReader(depth: number): Reader<ResponseSchema> {
  return (value, path) => {
    if (depth === 0) refuseInput(path, `is nested deeper than ${MAX_DEPTH}`);
    return shape<ResponseSchema>({
      type: optional(oneOf(RULE_TYPES)),
      const: optional<JsonValue>(json),
      enum: optional(listOf(json, { min: 1, max: 256 })),
      required: optional(listOf(memberName, { max: 64 })),
      properties: optional(propertiesReader(depth)),
      items: optional(schemaReader(depth - 1)),
      minItems: optional(integer()),
      maxItems: optional(integer()),
      minimum: optional(number),
      maximum: optional(number),
    })(value, path);
  };
}

const conditionShape = shape<ResponseCondition>({
  path: optional(pointer),
  equals: optional(scalar),
  pattern: optional(pattern),
  schema: optional(schemaReader(MAX_DEPTH)),
});

const readCondition: Reader<ResponseCondition> = (value, path) => {
  const condition = conditionShape(value, path);
  const { equals, pattern: written, schema } = condition;
  if ([equals, written, schema].filter((one) => one !== undefined).length !== 1)
    refuseInput(path, "must have exactly one of equals, pattern and schema");
  if (equals !== undefined && condition.path === undefined)
    refuseInput(`${path}/path`, "says where what is equal stands");
  return condition;
};

const adds: Reader<true> = (value, path) =>
  flag(value, path) ? true : refuseInput(path, "can only be true: rules add, and take nothing away");

function ruleReader<Label extends object>(readLabel: Reader<Label>) {
  return shape<Pick<ResponseRule, "tool" | "when"> & { readonly label: Label }>({
    tool: optional(toolName),
    when: readCondition,
    label: (value, path) => {
      const label = readLabel(value, path);
      return Object.keys(label).length > 0 ? label : refuseInput(path, "must add something");
    },
  });
}

type WireLabel = { readonly data_class?: DataClassName; readonly untrusted?: true };

const readWire: Reader<Pick<ResponseRule, "tool" | "when"> & { readonly label: WireLabel }> = ruleReader(
  shape<WireLabel>({ data_class: optional(oneOf(DATA_CLASSES)), untrusted: optional(adds) }),
);

/** Reads one response rule of the file. */
export const readResponseRule: Reader<ResponseRule> = (value, path) => {
  const { label, ...rest } = readWire(value, path);
  const { data_class: dataClass, ...untrusted } = label;
  return { ...rest, label: { ...(dataClass === undefined ? {} : { dataClass }), ...untrusted } };
};

const readStored: Reader<ResponseRule> = ruleReader(
  shape<ResponseRule["label"]>({
    dataClass: optional(oneOf(DATA_CLASSES)),
    untrusted: optional(adds),
  }),
);

/** Reads the response rules of a registered server, in the form of its document. @throws `malformed_input` */
export function parseResponseRules(value: unknown, path: string): readonly ResponseRule[] {
  return listOf(readStored, { max: MAX_RESPONSE_RULES })(value, path);
}

const pointerSchema: JsonObject = { type: "string", pattern: "^(?:/(?:[^~/]|~[01])+)+$", maxLength: 256 };

/** JSON Schema of one response rule of the file. */
export const RESPONSE_RULE_SCHEMA: JsonObject = {
  type: "object",
  additionalProperties: false,
  required: ["when", "label"],
  description: "What answers carry beyond what is declared, when they are like this.",
  properties: {
    tool: {
      type: "string",
      pattern: "^[A-Za-z0-9_-][A-Za-z0-9_\\-./]*$",
      maxLength: 128,
      description: "Absent: every operation of the server.",
    },
    when: {
      type: "object",
      additionalProperties: false,
      properties: {
        path: { ...pointerSchema, description: "Into the answer; a step `*` is every item of a list." },
        equals: { oneOf: ["string", "number", "boolean", "null"].map((type) => ({ type })) },
        pattern: { type: "string", minLength: 1, maxLength: 512 },
        schema: { type: "object" },
      },
      oneOf: [{ required: ["equals", "path"] }, { required: ["pattern"] }, { required: ["schema"] }],
    },
    label: {
      type: "object",
      additionalProperties: false,
      minProperties: 1,
      properties: { data_class: { enum: DATA_CLASSES }, untrusted: { const: true } },
    },
  },
};
