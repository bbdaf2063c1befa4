import { describe, expect, test } from "vitest";
import { newTypedCode, plainCode, shownCode } from "./typed-code.ts";

describe("a code that is typed by hand", () => {
  test("has as many characters as were asked for, of all that nobody takes for one another", () => {
    const codes = Array.from({ length: 500 }, () => newTypedCode(12));
    expect(codes.every((code) => /^[A-HJ-NP-Z2-9]{12}$/.test(code))).toBe(true);
    expect(new Set(codes.join("")).size).toBe(32);
    expect(new Set(codes).size).toBe(500);
  });

  test.each([
    ["ABCDEFGH", "ABCD-EFGH"],
    ["ABCDEFGHJKLM", "ABCD-EFGH-JKLM"],
    ["ABCD", "ABCD"],
  ])("is shown in groups of four: %s", (code, shown) => {
    expect(shownCode(code)).toBe(shown);
    expect(plainCode(shown)).toBe(code);
  });

  test("is taken whatever the case, spaces and dashes, and no further than anybody types", () => {
    expect(plainCode(" abcd - ef\tgh\n")).toBe("ABCDEFGH");
    expect(plainCode("a".repeat(1000))).toBe("A".repeat(64));
  });
});
