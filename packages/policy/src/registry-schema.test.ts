import type { JsonObject } from "@narrowgate/kernel";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createNodeEngine } from "./engine.node.ts";
import { compilePolicies, type RegisteredTool, schemaFromRegistry } from "./index.ts";

const engine = createNodeEngine();

function tool(properties: JsonObject): RegisteredTool {
  return { server: "s", name: "t", inputSchema: { type: "object", properties } };
}

function compiles(schema: string, condition: string): boolean {
  const text = `@id("a") permit (principal, action == Action::"call_tool", resource) when { ${condition} };`;
  return compilePolicies(engine, { files: [{ name: "a.cedar", text }], schema }).kind === "compiled";
}

describe("the schema of a registry", () => {
  it("stands without any tool", () => {
    const { schema, omitted } = schemaFromRegistry({ tools: [] });
    expect(omitted).toEqual([]);
    expect(
      compiles(schema, 'context.env == "dev" && context.mandate.age_s < 60 && context.scopes.contains("a")'),
    ).toBe(true);
  });

  it("lets policies read arguments whose type Cedar has", () => {
    const { schema, omitted } = schemaFromRegistry({
      tools: [
        tool({
          a: { type: "string" },
          b: { type: "object", properties: { c: { type: "array", items: { type: "integer" } } } },
        }),
      ],
    });
    expect(omitted).toEqual([]);
    expect(compiles(schema, 'context has args.a && context.args.a like "x*"')).toBe(true);
    expect(compiles(schema, "context has args.b.c && context.args.b.c.contains(1)")).toBe(true);
    expect(compiles(schema, 'context.args.a == "x"')).toBe(false);
  });

  it("leaves out and names what Cedar has no type for, and what tools disagree on", () => {
    const tools = [
      tool({ a: { type: "string" }, n: { type: "number" }, u: { anyOf: [] }, __entity: { type: "string" } }),
      tool({ a: { type: "integer" }, l: { type: "array" }, o: { type: ["string", "null"] } }),
      tool({ m: { type: "array", items: { type: "object", properties: { k: { type: "number" } } } } }),
      tool({ 'q"': { type: "string" } }),
    ];
    const { schema, omitted } = schemaFromRegistry({ tools });
    expect(omitted).toEqual(["/__entity", "/a", "/l", "/m/*/k", "/n", "/o", '/q"', "/u"]);
    expect(compiles(schema, 'context has args.a && context.args.a == "x"')).toBe(false);
  });

  it("unites what tools agree on, and does not depend on their order", () => {
    const tools = [
      tool({ o: { type: "object", properties: { x: { type: "string" }, z: { type: "string" } } } }),
      tool({ o: { type: "object", properties: { y: { type: "boolean" }, z: { type: "integer" } } } }),
    ];
    const made = schemaFromRegistry({ tools });
    expect(made.omitted).toEqual(["/o/z"]);
    expect(schemaFromRegistry({ tools: [...tools].reverse() })).toEqual(made);
    expect(compiles(made.schema, "context has args.o.x && context has args.o.y && context.args.o.y")).toBe(
      true,
    );
  });

  it("compiles whatever a tool server sends", () => {
    const type = fc.constantFrom(
      "string",
      "integer",
      "boolean",
      "number",
      "object",
      "array",
      "null",
      7,
      null,
    );
    const { schema: inputSchema } = fc.letrec<{ schema: JsonObject }>((tie) => ({
      schema: fc.record(
        {
          type,
          properties: fc.dictionary(
            fc.oneof(fc.string(), fc.constantFrom("if", "in", "is", "a")),
            tie("schema"),
            {
              maxKeys: 4,
            },
          ),
          items: tie("schema"),
        },
        { requiredKeys: [] },
      ),
    }));
    fc.assert(
      fc.property(fc.array(inputSchema, { maxLength: 4 }), (schemas) => {
        const tools = schemas.map((each) => ({ server: "s", name: "t", inputSchema: each }));
        expect(compiles(schemaFromRegistry({ tools }).schema, "true")).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});
