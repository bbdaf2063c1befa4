import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { diffLines } from "./diff-lines.ts";

describe("a diff of lines", () => {
  test("shows what went and came with two lines around it", () => {
    const before = ["a", "b", "c", "d", "e", "f", "g"];
    const after = ["a", "b", "c", "d", "E", "f", "g"];
    expect(diffLines(before, after)).toEqual(["...", "  c", "  d", "- e", "+ E", "  f", "  g"]);
  });

  test("is empty for the same lines, but for the mark of what is left out", () => {
    expect(diffLines(["a"], ["a"])).toEqual(["..."]);
    expect(diffLines([], [])).toEqual([]);
  });

  test("leaves out no line that differs", () => {
    const lines = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 12 });
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const diff = diffLines(before, after);
        const count = (mark: string): number => diff.filter((line) => line.startsWith(mark)).length;
        expect(before.length - count("- ")).toBe(after.length - count("+ "));
        const everything = diffLines(before, []).filter((line) => line.startsWith("- "));
        expect(everything.map((line) => line.slice(2))).toEqual(before);
      }),
    );
  });
});
