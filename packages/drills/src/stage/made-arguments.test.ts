import { describe, expect, it } from "vitest";
import { answerFor, argumentsFor } from "./made-arguments.ts";

const MARK = "a-mark";

describe("arguments that nobody sent", () => {
  it("have what the schema requires, and a mark where a text may stand", () => {
    const schema = {
      type: "object",
      properties: {
        path: { type: "string" },
        lines: { type: "integer", minimum: 3 },
        deep: { type: "object", properties: { on: { type: "boolean" } }, required: ["on"] },
        kind: { enum: ["a", "b"] },
        tags: { type: "array", items: { type: "string" }, minItems: 2 },
        when: { type: "string", format: "date" },
        not_needed: { type: "number" },
      },
      required: ["path", "lines", "deep", "kind", "tags", "when"],
    };
    expect(argumentsFor(schema, undefined, MARK)).toEqual({
      path: MARK,
      lines: 3,
      deep: { on: false },
      kind: "a",
      tags: [MARK, MARK],
      when: "2026-01-01",
    });
  });

  it("stay within the ceiling, also where the schema requires nothing", () => {
    const schema = { type: "object", properties: { amount: { type: "integer" }, to: { type: "string" } } };
    const constraints = {
      "/currency": { equals: "EUR" },
      "/to": { prefix: "desk/" },
      "/amount": { min: 1, max: 5 },
      "/place/room": { one_of: ["x", "y"] },
    };
    expect(argumentsFor(schema, constraints, MARK)).toEqual({
      amount: 1,
      to: `desk/${MARK}`,
      currency: "EUR",
      place: { room: "x" },
    });
  });

  it("take a free text for the mark where one is known, and none where there is none", () => {
    const of = (properties: object) => argumentsFor({ type: "object", properties }, undefined, MARK);
    expect(of({ n: { type: "integer" }, note: { type: "string" } })).toEqual({ note: MARK });
    expect(of({ n: { type: "integer" }, code: { type: "string", pattern: "^x$" } })).toEqual({});
  });

  it("follow references, and end where a schema is its own part", () => {
    const schema = {
      $defs: { node: { type: "object", properties: { next: { $ref: "#/$defs/node" } }, required: ["next"] } },
      type: "object",
      properties: { node: { $ref: "#/$defs/node" } },
      required: ["node"],
    };
    expect(JSON.stringify(argumentsFor(schema, undefined, MARK)).length).toBeLessThan(200);
    expect(argumentsFor("no schema", "no constraints", MARK)).toEqual({});
  });

  it("make an answer that an output schema admits", () => {
    const schema = { type: "object", properties: { count: { type: "integer" } }, required: ["count"] };
    expect(answerFor(schema)).toEqual({ count: 1 });
  });
});
