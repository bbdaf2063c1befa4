import { describe, expect, test } from "vitest";
import { cleanText } from "./clean-text.ts";
import { formatRecord } from "./format-record.ts";
import { formatTable } from "./format-table.ts";

describe("text that others wrote", () => {
  test("moves no cursor, turns no direction, and stays on its line", () => {
    expect(cleanText("a\u001b[2Jb\nc\u202Ed\u2066e\u0007")).toBe("a?[2Jb?c?d?e?");
    expect(cleanText("x".repeat(50), 10)).toBe(`${"x".repeat(10)}...`);
  });

  test("stands cleaned in tables and records", () => {
    expect(formatTable(["A", "LONGER"], [["one\ntwo", "x"]])).toEqual(["A        LONGER", "one?two  x"]);
    expect(formatRecord({ a: "x\ny", b: { c: [1, { d: true }] }, e: [] })).toEqual([
      "a: x?y",
      "b:",
      "  c:",
      "    - 1",
      "    - d: true",
      "e: none",
    ]);
  });
});
