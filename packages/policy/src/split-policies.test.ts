import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nestsTooDeep, splitPolicies } from "./split-policies.ts";

describe("splitting a file into policies", () => {
  it("gives each policy its text and its line", () => {
    const text =
      '// head; not a policy\n\n@id("a")\npermit (p, a, r); forbid (p,\n a, r) // tail;\n;\n// end';
    expect(splitPolicies(text)).toEqual({
      kind: "split",
      policies: [
        { text: '@id("a")\npermit (p, a, r);', line: 3 },
        { text: "forbid (p,\n a, r) // tail;\n;", line: 4 },
      ],
    });
  });

  it("ends no policy at a semicolon in a string or a comment", () => {
    const inert = fc.constantFrom(
      '";"',
      '"\\";"',
      '"//;"',
      '// ; " ;\n',
      '"\\\\"',
      "a",
      "(",
      ")",
      " ",
      "\n",
      "é",
      '"\n;"',
    );
    fc.assert(
      fc.property(fc.array(fc.array(inert, { maxLength: 20 }), { maxLength: 8 }), (policies) => {
        const texts = policies.map((parts) => `x${parts.join("")};`);
        const split = splitPolicies(texts.join("\n"));
        expect(split.kind === "split" ? split.policies.map(({ text }) => text) : split).toEqual(texts);
      }),
    );
  });

  it("refuses what could exhaust the parser", () => {
    const refusals = [
      "(".repeat(65),
      "[{".repeat(33),
      "if a then b else ".repeat(65),
      "a ".repeat(4001),
      "\ud800;",
      '"',
      "a",
    ].map((text) => splitPolicies(`ok;\n${text}`));
    expect(refusals.map(({ kind }) => kind)).toEqual(refusals.map(() => "refused"));
    expect(refusals[0]).toMatchObject({ line: 2, message: "brackets nest at most 64 deep" });
  });

  it("counts the bounds anew for each policy", () => {
    expect(splitPolicies(`${"(".repeat(40)};${"(".repeat(40)};`).kind).toBe("split");
  });

  it("measures nesting outside strings and comments", () => {
    expect(nestsTooDeep("Set<".repeat(65))).toBe(true);
    expect(nestsTooDeep(`"${"<".repeat(100)}" // ${"{".repeat(100)}`)).toBe(false);
    expect(nestsTooDeep("<>".repeat(100))).toBe(false);
  });
});
