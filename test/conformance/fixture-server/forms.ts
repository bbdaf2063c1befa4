import type { ElicitRequestFormParams } from "@modelcontextprotocol/sdk/types.js";

type Form = ElicitRequestFormParams["requestedSchema"];

/** Asks for a name and an address. */
export const PERSON: Form = {
  type: "object",
  properties: {
    username: { type: "string", description: "how to call you" },
    email: { type: "string", description: "where to write to" },
  },
  required: ["username", "email"],
};

/** One field of each primitive type, each with the default the suite asks for (SEP-1034). */
export const DEFAULTS: Form = {
  type: "object",
  properties: {
    name: { type: "string", default: "John Doe" },
    age: { type: "integer", default: 30 },
    score: { type: "number", default: 95.5 },
    status: { type: "string", enum: ["active", "inactive", "pending"], default: "active" },
    verified: { type: "boolean", default: true },
  },
};

const plain = ["option1", "option2", "option3"];
const titled = ["One", "Two", "Three"].map((title, i) => ({ const: `value${i + 1}`, title }));

/** Each way to write a choice (SEP-1330). */
export const CHOICES: Form = {
  type: "object",
  properties: {
    untitledSingle: { type: "string", enum: plain },
    titledSingle: { type: "string", oneOf: titled },
    legacyEnum: { type: "string", enum: ["opt1", "opt2", "opt3"], enumNames: ["One", "Two", "Three"] },
    untitledMulti: { type: "array", items: { type: "string", enum: plain } },
    titledMulti: { type: "array", items: { anyOf: titled } },
  },
};
