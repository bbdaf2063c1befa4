import type { JsonObject } from "@narrowgate/kernel";
import { DATA_CLASSES } from "./data-classes.ts";

const name = { type: "string", pattern: "^[A-Za-z0-9_-][A-Za-z0-9_./-]*$", maxLength: 128 };
const names = { type: "array", items: name, minItems: 1, maxItems: 256, uniqueItems: true };
const prefix = {
  type: "string",
  minLength: 1,
  maxLength: 1024,
  description: "What the text begins with; plain, without dot segments or escapes.",
};

function operators(scalar: JsonObject, more: JsonObject): JsonObject {
  const properties = {
    equals: scalar,
    one_of: { type: "array", items: scalar, minItems: 1, maxItems: 256, uniqueItems: true },
    prefix,
    ...more,
  };
  return { type: "object", additionalProperties: false, minProperties: 1, properties };
}

const constraints = {
  type: "object",
  maxProperties: 64,
  propertyNames: { pattern: "^(/([^~/]|~[01])*)+$" },
  additionalProperties: operators(
    { oneOf: ["string", "number", "boolean", "null"].map((type) => ({ type })) },
    { min: { type: "number" }, max: { type: "number" } },
  ),
  description: "JSON Pointer into the arguments to what may stand there. An argument without one is free.",
};

const limits = {
  data_class: { enum: DATA_CLASSES, description: "The highest class it reaches; absent: any." },
  caps: {
    type: "object",
    propertyNames: { pattern: "^(calls|rows|bytes|amount:[A-Z]{3})$" },
    additionalProperties: { type: "integer", minimum: 0 },
    description: "At most so much, all in all; amounts in minor units.",
  },
  depth: {
    type: "integer",
    minimum: 0,
    maximum: 16,
    description: "Further hand-offs that may follow; absent: 16.",
  },
  expires: { type: "integer", minimum: 0, description: "Unix seconds; absent: with the mandate." },
};

function detail(type: string, member: string, operation: JsonObject, more: JsonObject): JsonObject {
  return {
    type: "object",
    additionalProperties: false,
    required: ["type", "server", member],
    properties: {
      type: { const: type },
      server: { ...name, description: "Id of a server of this file, or a registered one." },
      [member]: operation,
      ...more,
      ...limits,
    },
  };
}

/**
 * One authorization detail for editors. What no schema can say (plain prefixes, pointers into each other) is left to the
 * parser.
 * @see docs/spec/authority.md sections 1 and 2
 */
export const DETAIL_SCHEMA: JsonObject = {
  description: "One thing the agent may do.",
  // By type, so that an editor names what is wrong in the one that was meant.
  oneOf: [
    detail("mcp_tool", "tools", { ...names, description: "Tools, by name." }, { constraints }),
    detail("mcp_prompt", "prompts", { ...names, description: "Prompts, by name." }, { constraints }),
    detail(
      "mcp_resource",
      "uris",
      { ...operators({ type: "string" }, {}), description: "URIs of resources." },
      {},
    ),
  ],
};
