import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { universe, wireAuthority, wireBelow } from "../test/wire-arbitraries.ts";
import type { Call } from "./authority.ts";
import { compileAuthority, covers } from "./covers.ts";
import { dataClasses } from "./data-class.ts";
import { narrower } from "./narrower.ts";
import { parseAuthority } from "./parse-authority.ts";
import { isPlain } from "./plain-string.ts";

const values = universe.filter((value) => value !== undefined) as JsonValue[];
const argument = fc.constantFrom(...values);
const argumentsOfCall: fc.Arbitrary<JsonValue> = fc.oneof(
  fc.record({ "/p": argument, p: argument, q: argument }, { requiredKeys: [] }),
  fc.record({ p: fc.record({ r: argument }), q: argument }, { requiredKeys: ["p"] }),
);
const call: fc.Arbitrary<Call> = fc.oneof(
  fc.record({
    kind: fc.constantFrom("tool", "tool", "prompt"),
    server: fc.constantFrom("files", "memory"),
    name: fc.constantFrom("read", "write", "list"),
    arguments: argumentsOfCall,
    dataClass: fc.constantFrom(...dataClasses),
  }),
  fc.record({
    kind: fc.constant("resource"),
    server: fc.constantFrom("files", "memory"),
    name: fc.constantFrom("file:///a", "file:///a/b", "file:///a/../x", "file:///x", "file:///ab"),
    dataClass: fc.constantFrom(...dataClasses),
  }),
);

const wireOf = {
  tool: { type: "mcp_tool", member: "tools" },
  prompt: { type: "mcp_prompt", member: "prompts" },
  resource: { type: "mcp_resource", member: "uris" },
} as const;

function satisfies(sent: JsonValue | undefined, value: JsonValue | undefined): boolean {
  return Object.entries(Object(sent)).every(([operator, operand]) => {
    if (operator === "equals") return value === operand;
    if (operator === "one_of") return Array.isArray(operand) && operand.includes(value);
    if (operator === "prefix") {
      return typeof value === "string" && value.startsWith(String(operand)) && isPlain(value);
    }
    return (
      typeof value === "number" && (operator === "max" ? value <= Number(operand) : value >= Number(operand))
    );
  });
}

function lookUp(root: JsonValue | undefined, pointer: string): JsonValue | undefined {
  let value = root;
  for (const step of pointer.split("/").slice(1)) {
    value = new Map<string, JsonValue>(Object.entries(Object(typeof value === "object" ? value : {}))).get(
      step,
    );
  }
  return value;
}

/** The specification's sentence, on the wire form, without a normal form. */
function naivelyCovers(sent: JsonObject, asked: Call): boolean {
  const details = Array.isArray(sent.authorization_details) ? sent.authorization_details : [];
  const { type, member } = wireOf[asked.kind];
  return details.some((detail: JsonObject) => {
    const names = detail[member];
    const named = Array.isArray(names) ? names.includes(asked.name) : satisfies(names, asked.name);
    const constraints: [string, JsonValue][] = Object.entries(Object(detail.constraints));
    const ceiling = dataClasses.findIndex((name) => name === (detail.data_class ?? "restricted"));
    return (
      detail.type === type &&
      detail.server === asked.server &&
      named &&
      constraints.every(([at, constraint]) => satisfies(constraint, lookUp(asked.arguments, at))) &&
      dataClasses.indexOf(asked.dataClass) <= ceiling
    );
  });
}

describe("covers", () => {
  it("agrees with the sentence of the specification read on what was sent", () => {
    let covered = 0;
    fc.assert(
      fc.property(wireAuthority, fc.array(call, { minLength: 40, maxLength: 40 }), (sent, calls) => {
        const authority = parseAuthority(sent);
        for (const asked of calls) {
          const expected = naivelyCovers(sent, asked);
          if (expected) covered++;
          expect(covers(authority, asked).kind).toBe(expected ? "covered" : "outside");
        }
      }),
      { numRuns: 500 },
    );
    expect(covered).toBeGreaterThan(200);
  });

  it("covers nothing more for a narrower authority (A-14)", () => {
    let covered = 0;
    const sentPair = wireAuthority.chain((sent) => fc.tuple(fc.constant(sent), wireBelow(sent)));
    fc.assert(
      fc.property(
        sentPair,
        fc.array(call, { minLength: 20, maxLength: 20 }),
        ([parentSent, childSent], calls) => {
          const parent = parseAuthority(parentSent);
          const child = parseAuthority(childSent);
          if (narrower(parent, child).kind === "wider") return;
          for (const asked of calls) {
            if (covers(child, asked).kind === "outside") continue;
            covered++;
            expect(covers(parent, asked).kind).toBe("covered");
          }
        },
      ),
      { numRuns: 1000 },
    );
    expect(covered).toBeGreaterThan(20);
  });

  it("never quotes an argument", () => {
    const authority = parseAuthority({
      scope: ["a"],
      resource: [],
      authorization_details: [
        { type: "mcp_tool", server: "files", tools: ["read"], constraints: { "/p": { prefix: "/a/" } } },
      ],
    });
    const asked: Call = {
      kind: "tool",
      server: "files",
      name: "read",
      arguments: { p: "hunter2" },
      dataClass: "public",
    };
    expect(compileAuthority(authority).covers(asked)).toEqual({
      kind: "outside",
      violation: { dimension: "constraint", path: "/arguments/p", parent: { prefix: "/a/" } },
    });
  });

  it("does not find inherited members or the length of an array", () => {
    const asked = (args: JsonValue): Call => ({
      kind: "tool",
      server: "s",
      name: "t",
      arguments: args,
      dataClass: "public",
    });
    const bound = (pointer: string) =>
      parseAuthority({
        scope: [],
        resource: [],
        authorization_details: [
          { type: "mcp_tool", server: "s", tools: ["t"], constraints: { [pointer]: { min: 0 } } },
        ],
      });
    expect(covers(bound("/length"), asked([1, 2])).kind).toBe("outside");
    expect(covers(bound("/toString/length"), asked({})).kind).toBe("outside");
    expect(covers(bound("/0"), asked([1, 2])).kind).toBe("covered");
    expect(covers(bound("/00"), asked([1, 2])).kind).toBe("outside");
    expect(covers(bound("/__proto__"), asked(JSON.parse('{"__proto__":1}'))).kind).toBe("covered");
  });
});
