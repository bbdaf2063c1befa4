import { canonicalJson, type JsonObject, type JsonValue } from "@narrowgate/kernel";
import { integer, jsonObject, listOf, oneOf, refuseInput, text } from "../reading/readers.ts";
import { type Reader, shape } from "../reading/shape.ts";

/**
 * What the answers of a sanitiser can be: no text but one of a list, no number but a whole one in a range, and as many
 * items as are said at most. So what an answer can carry is bounded, whatever was put in. @see docs/spec/evidence.md E-29
 */
export type BoundedSchema =
  | { readonly type: "boolean" }
  | { readonly type: "integer"; readonly minimum: number; readonly maximum: number }
  | { readonly type: "string"; readonly enum: readonly string[] }
  | { readonly type: "array"; readonly items: BoundedSchema; readonly maxItems: number }
  /** All of these members, and no others. */
  | { readonly type: "object"; readonly properties: Readonly<Record<string, BoundedSchema>> };

const TYPES = ["array", "boolean", "integer", "object", "string"] as const;
const MAX_DEPTH = 4;

const memberName = text({ min: 1, max: 64, pattern: /^[A-Za-z_][A-Za-z0-9_]*$/ });
const whole: Reader<number> = integer({ min: Number.MIN_SAFE_INTEGER });
const word = text({ min: 1, max: 64 });

const readBoolean = shape<{ readonly type: "boolean" }>({ type: oneOf(["boolean"]) });
const readInteger = shape<Extract<BoundedSchema, { type: "integer" }>>({
  type: oneOf(["integer"]),
  minimum: whole,
  maximum: whole,
});
const readString = shape<Extract<BoundedSchema, { type: "string" }>>({
  type: oneOf(["string"]),
  enum: listOf(word, { min: 1, max: 64 }),
});

function objectReader(depth: number): Reader<BoundedSchema> {
  return shape<Extract<BoundedSchema, { type: "object" }>>({
    type: oneOf(["object"]),
    properties(value, path) {
      const members = Object.entries(jsonObject(value, path));
      if (members.length === 0 || members.length > 16) refuseInput(path, "must hold 1 to 16 members");
      return Object.fromEntries(
        members.map(([name, item]) => [memberName(name, path), schemaReader(depth)(item, `${path}/${name}`)]),
      );
    },
  });
}

function arrayReader(depth: number): Reader<BoundedSchema> {
  return shape<Extract<BoundedSchema, { type: "array" }>>({
    type: oneOf(["array"]),
    items: (value, path) => schemaReader(depth)(value, path),
    maxItems: integer({ min: 1, max: 32 }),
  });
}

function schemaReader(depth: number): Reader<BoundedSchema> {
  return (value, path) => {
    if (depth === 0) refuseInput(path, `is nested deeper than ${MAX_DEPTH}`);
    const type = oneOf(TYPES)(jsonObject(value, path)["type"], `${path}/type`);
    switch (type) {
      case "boolean":
        return readBoolean(value, path);
      case "integer":
        return readInteger(value, path);
      case "string":
        return readString(value, path);
      case "array":
        return arrayReader(depth - 1)(value, path);
      case "object":
        return objectReader(depth - 1)(value, path);
    }
  };
}

/**
 * Reads what the answers of a sanitiser can be: an object at the top.
 * @throws NarrowgateError `malformed_input`
 */
export const readBoundedSchema: Reader<BoundedSchema> = (value, path) => {
  if (jsonObject(value, path)["type"] !== "object") refuseInput(`${path}/type`, "must be object at the top");
  return schemaReader(MAX_DEPTH)(value, path);
};

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isWithin(value: JsonValue | undefined, schema: BoundedSchema): boolean {
  switch (schema.type) {
    case "boolean":
      return typeof value === "boolean";
    case "integer":
      return (
        Number.isSafeInteger(value) && Number(value) >= schema.minimum && Number(value) <= schema.maximum
      );
    case "string":
      return typeof value === "string" && schema.enum.includes(value);
    case "array":
      return (
        Array.isArray(value) &&
        value.length <= schema.maxItems &&
        value.every((item: JsonValue) => isWithin(item, schema.items))
      );
    case "object": {
      const names = Object.keys(schema.properties);
      return (
        isObject(value) &&
        Object.keys(value).length === names.length &&
        Object.entries(schema.properties).every(
          ([name, item]) => Object.hasOwn(value, name) && isWithin(value[name], item),
        )
      );
    }
  }
}

/** The same again as text is no more than was said; any other text, or anything else, is. */
function repeats(content: JsonValue | undefined, said: string): boolean {
  if (!Array.isArray(content) || content.length > 1) return content === undefined;
  return content.every(
    (item: JsonValue) => canonicalJson(item) === canonicalJson({ type: "text", text: said }),
  );
}

/**
 * Whether the answer of a sanitiser is within its bound: `structuredContent` as the schema says, `content` nothing or the
 * canonical form of the same as one text, and no other member but `isError` false and `resultType` `complete`.
 * Trust: `answer` is the upstream's.
 */
export function isBoundedAnswer(answer: JsonObject, schema: BoundedSchema): boolean {
  const { structuredContent, content, isError = false, resultType = "complete", ...others } = answer;
  return (
    Object.keys(others).length === 0 &&
    isError === false &&
    resultType === "complete" &&
    structuredContent !== undefined &&
    isWithin(structuredContent, schema) &&
    repeats(content, canonicalJson(structuredContent))
  );
}
