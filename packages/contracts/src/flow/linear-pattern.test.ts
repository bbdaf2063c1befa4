import { isNarrowgateError } from "@narrowgate/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compilePattern } from "./linear-pattern.ts";

const plenty = () => ({ left: 10_000_000 });
const occurs = (pattern: string, text: string) => compilePattern(pattern).occursIn(text, plenty());

const SAMPLES = [
  "abc",
  "^a.c$",
  "a|bc|",
  "(?:ab)+c?",
  "[a-c]{2,3}",
  "[^a]",
  "\\d{3}-\\d{4}",
  "\\bcat\\b",
  "\\Bcat",
  "(a*)*b",
  "\\w+@\\w+\\.com",
  "[\\d\\-x]+",
  "a{0}b",
  "\\S\\s\\W\\D",
  "(a|b){2,}c",
  "\\u00e9",
  "[a-]",
  "x{2}",
];

describe("a pattern", () => {
  test.each(SAMPLES)("%j finds what the language's own finds", (pattern) => {
    const own = new RegExp(pattern);
    const letters = fc.constantFrom(..."abcx019 -@._\n\u00e9", "cat", ".com", "ab");
    fc.assert(
      fc.property(fc.string({ unit: letters, maxLength: 24 }), (text) => {
        expect(occurs(pattern, text)).toBe(own.test(text));
      }),
    );
  });

  test("that the language's own never ends on takes steps in proportion to the text", () => {
    const used = [1000, 2000, 4000].map((length) => {
      const budget = plenty();
      expect(compilePattern("^(a+)+$").occursIn(`${"a".repeat(length)}!`, budget)).toBe(false);
      return plenty().left - budget.left;
    });
    expect((used[2] ?? 0) / (used[0] ?? 1)).toBeLessThan(4.2);
    expect(used[2]).toBeLessThan(100_000);
  });

  test("says nothing when the steps run out", () => {
    expect(compilePattern("b").occursIn("a".repeat(100), { left: 50 })).toBeUndefined();
  });

  test.each([
    "",
    "a".repeat(513),
    "(",
    ")",
    "(?=a)",
    "(?<n>a)",
    "\\1",
    "\\p{L}",
    "a**",
    "a+?",
    "[]",
    "[z-a]",
    "[\\d-z]",
    "[[a]]",
    "[a",
    "a{2,1}",
    "a{257}",
    "*",
    "^*",
    "\\",
    "(a{200}){200}",
    `${"(".repeat(17)}a${")".repeat(17)}`,
  ])("is refused as %j", (pattern) => {
    let code: string | undefined;
    try {
      compilePattern(pattern);
    } catch (error) {
      code = isNarrowgateError(error) ? error.code : String(error);
    }
    expect(code).toBe("malformed_input");
  });
});
