import { canonicalJson, type JsonObject } from "@narrowgate/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { planLines } from "./describe-plan.ts";
import { diffFields } from "./diff-fields.ts";

// Canonical JSON has no integers beyond 2^53-1.
const writable = (_: string, value: unknown): unknown => (typeof value === "number" ? value % 1000 : value);
const plain = fc
  .dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }))
  .map((value): JsonObject => JSON.parse(JSON.stringify(value, writable)));

describe("differences", () => {
  test("are none exactly between equal objects, apart from the order of named items", () => {
    fc.assert(
      fc.property(plain, plain, (a, b) => {
        expect(diffFields(a, a)).toEqual([]);
        if (canonicalJson(a) !== canonicalJson(b)) expect(diffFields(a, b).length).toBeGreaterThan(0);
      }),
    );
  });

  test("name the item of a list, so that an insertion is one change", () => {
    const tool = (name: string, effect: string): JsonObject => ({ name, effect });
    const before = { tools: [tool("b", "read"), tool("c", "read")] };
    const after = { tools: [tool("a", "read"), tool("b", "write"), tool("c", "read")] };
    expect(diffFields(before, after)).toEqual([
      { path: "/tools/a", after: tool("a", "read") },
      { path: "/tools/b/effect", before: "read", after: "write" },
    ]);
    expect(diffFields(after, { tools: after.tools.toReversed() })).toEqual([]);
  });

  test("take names for what they are, whatever they are", () => {
    const before: JsonObject = JSON.parse('{"env":{"constructor":"x"}}');
    expect(diffFields(before, { env: {} })).toEqual([{ path: "/env/constructor", before: "x" }]);
    const proto: JsonObject = JSON.parse('{"env":{"__proto__":"x"}}');
    expect(diffFields({ env: {} }, proto)).toEqual([{ path: "/env/__proto__", after: "x" }]);
  });

  test("are cut when there are too many", () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`m${i}`, i]));
    expect(diffFields({}, many)).toHaveLength(200);
  });
});

test("the lines of a plan keep any text on its line and any command of a terminal out", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const fields = diffFields({ purpose: "a" }, { purpose: text });
      const step = { kind: "settings", id: "settings", action: "change", spec: {}, fields } as const;
      const lines = planLines({
        kind: "plan",
        revision: 0,
        steps: [step],
        unmanaged: [],
        warnings: [],
        alerts: [],
      });
      expect(lines.join("")).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
    }),
  );
});
