import fc from "fast-check";
import { expect, it } from "vitest";
import { prefixEnd } from "./prefix-end.ts";

const text = fc.string({ unit: "binary", maxLength: 4 });
const bytes = (value: string): Buffer => Buffer.from(value);

it("has no end for the empty prefix and for nothing but U+10FFFF", () => {
  expect(prefixEnd("")).toBeNull();
  expect(prefixEnd("\u{10ffff}\u{10ffff}")).toBeNull();
});

it("steps over the surrogates, and past a last code point that has no next", () => {
  expect(prefixEnd("a\ud7ff")).toBe("a\ue000");
  expect(prefixEnd("a\u{10ffff}")).toBe("b");
});

it("parts texts with the prefix from all above it, in byte order", () => {
  fc.assert(
    fc.property(text, text, (prefix, other) => {
      const end = prefixEnd(prefix);
      const isIn = (value: string): boolean =>
        Buffer.compare(bytes(value), bytes(prefix)) >= 0 &&
        (end === null || Buffer.compare(bytes(value), bytes(end)) < 0);
      expect(isIn(prefix + other)).toBe(true);
      expect(isIn(other)).toBe(bytes(other).subarray(0, bytes(prefix).length).equals(bytes(prefix)));
    }),
  );
});
