import { describe, expect, it } from "vitest";
import { parseAuthority } from "./parse-authority.ts";
import { pointerSteps, valueAt } from "./pointer.ts";

const at = (value: unknown, pointer: string): unknown => valueAt(value, pointerSteps(pointer));

describe("the value a pointer names", () => {
  it("is the member or element of that name", () => {
    const list = Array.from({ length: 21 }, (_, i) => `e${i}`);
    expect(at({ "a/b": { "~": list } }, "/a~1b/~0/0")).toBe("e0");
    for (const index of [9, 10, 11, 20]) expect(at({ list }, `/list/${index}`)).toBe(`e${index}`);
  });

  it.each(["/constructor/name", "/toString", "/__proto__", "/hasOwnProperty/length"])(
    "is nothing that an object merely inherits: %s",
    (pointer) => {
      expect(at({}, pointer)).toBeUndefined();
      expect(at({ list: [] }, `/list${pointer}`)).toBeUndefined();
    },
  );

  it.each(["/length", "/01", "/+1", "/1.0", "/ 1", "/1e0", "/-"])(
    "is no element under another name than its number: %s",
    (step) => {
      expect(at({ list: ["a", "b"] }, `/list${step}`)).toBeUndefined();
    },
  );

  it("is nothing inside a text or a number", () => {
    expect(at({ a: "text" }, "/a/length")).toBeUndefined();
    expect(at({ a: 1 }, "/a/b")).toBeUndefined();
    expect(at({ a: null }, "/a/b")).toBeUndefined();
  });
});

describe("a resource", () => {
  it.each([" https://a.example", "\nhttps://a.example", "é:https://a.example", "1https://a.example"])(
    "is an absolute URI from its first character on: %j",
    (uri) => {
      const sent = { scope: [], resource: [uri], authorization_details: [] };
      expect(() => parseAuthority(sent)).toThrow(expect.objectContaining({ code: "malformed_authority" }));
    },
  );
});
