import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  canonicalBytes,
  canonicalJson,
  fromHex,
  fromUtf8,
  type JsonValue,
  parseStrictJson,
} from "./index.ts";

function vectors<T>(name: string): T {
  return JSON.parse(
    readFileSync(new URL(`../../../test/vectors/canonical-json/${name}.json`, import.meta.url), "utf8"),
  );
}

const malformed = expect.objectContaining({ code: "malformed_input" });

/** Any JSON the strict parser lets in: no lone surrogates, no unsafe integers. */
const jsonValue: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom<JsonValue>(null, true, false, 0, -0, 1e21, -1e300, 5e-324, 2 ** 53 - 1),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, min: -9e15, max: 9e15 }),
    fc.string({ unit: "binary" }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(
      fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("__proto__", "1", "10", "9")),
      tie("value"),
      {
        maxKeys: 5,
      },
    ),
  ),
})).value;

describe("RFC 8785", () => {
  test.each(vectors<{ bits: string; text: string | null }[]>("numbers"))(
    "number $bits is $text",
    ({ bits, text }) => {
      const value = new DataView(fromHex(bits).buffer).getFloat64(0);
      // RFC 8785 gives these a text; what no strict reader takes, we do not write.
      const isUnsafe = /^-?\d{16,}$/.test(text ?? "") && !Number.isSafeInteger(value);
      if (text === null || isUnsafe) expect(() => canonicalJson(value)).toThrow(malformed);
      else expect(canonicalJson(value)).toBe(text);
    },
  );

  test.each(vectors<{ name: string; input: string; output: string }[]>("documents"))(
    "$name",
    ({ input, output }) => {
      expect(canonicalJson(JSON.parse(input))).toBe(output);
      expect(fromUtf8(canonicalBytes(parseStrictJson(input)))).toBe(output);
    },
  );
});

describe("canonicalJson", () => {
  test("is a fixed point of parsing", () => {
    fc.assert(
      fc.property(jsonValue, (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(parseStrictJson(text))).toBe(text);
        expect(canonicalJson(parseStrictJson(canonicalBytes(value)))).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  test("writes a number exactly when the strict parser reads that text back", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const outcome = (run: () => unknown): unknown => {
          try {
            return run();
          } catch {
            return "refused";
          }
        };
        const read = outcome(() => parseStrictJson(String(value)));
        expect(outcome(() => JSON.parse(canonicalJson(value)))).toEqual(read === 0 ? 0 : read);
      }),
      { numRuns: 2000 },
    );
  });

  test("does not depend on the order keys were set in", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.integer()), (object) => {
        const reversed = Object.fromEntries(Object.entries(object).reverse());
        expect(canonicalJson(reversed)).toBe(canonicalJson(object));
      }),
    );
  });

  test("writes keys in the order of their UTF-16 units", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: "binary", minLength: 1 })), (keys) => {
        const text = canonicalJson(Object.fromEntries(keys.map((key) => [key, 0])));
        const sorted = [...keys].sort();
        expect(text).toBe(`{${sorted.map((key) => `${JSON.stringify(key)}:0`).join(",")}}`);
      }),
    );
  });

  test.each([
    ["undefined", undefined],
    ["a member that is undefined", { a: undefined }],
    ["a hole in an array", new Array(1)],
    ["a bigint", 1n],
    ["a function", () => 0],
    ["a symbol", Symbol("s")],
    ["a date", new Date(0)],
    ["a map", new Map()],
    ["NaN", Number.NaN],
    ["an integer beyond 2^53-1", 2 ** 53],
    ["the same below zero", [-(2 ** 53)]],
    ["the largest integer that is spelt out in digits", 999_999_999_999_999_900_000],
    ["minus infinity", Number.NEGATIVE_INFINITY],
    ["a lone surrogate", "\ud800"],
    ["a lone surrogate in a key", { "\udfff": 1 }],
  ])("refuses %s", (_name, value) => {
    expect(() => canonicalJson(value as JsonValue)).toThrow(malformed);
  });

  test("refuses a value that contains itself", () => {
    const loop: Record<string, unknown> = {};
    loop.self = [loop];
    expect(() => canonicalJson(loop as unknown as JsonValue)).toThrow(malformed);
  });
});
