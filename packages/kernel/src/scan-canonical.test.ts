import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  canonicalJson,
  type JsonSpan,
  type JsonValue,
  parseStrictJson,
  scanCanonicalJson,
  utf8,
} from "./index.ts";

const limits = { maxDepth: 64, spanDepth: 2 };

function isCanonical(text: string): boolean {
  try {
    scanCanonicalJson(utf8(text), limits);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: "malformed_json" });
    return false;
  }
}

/** The slow way to know. */
function isFixedPoint(text: string): boolean {
  try {
    return canonicalJson(parseStrictJson(text)) === text;
  } catch {
    return false;
  }
}

function documents(name: string): readonly { readonly input: string; readonly output?: string }[] {
  return JSON.parse(
    readFileSync(new URL(`../../../test/vectors/canonical-json/${name}.json`, import.meta.url), "utf8"),
  );
}

const jsonValue: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom<JsonValue>(null, true, false, 0, 1e21, -1e300, 5e-324, 2 ** 53 - 1, 0.1, -17),
    fc.maxSafeInteger(),
    fc.string({ unit: "binary" }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(
      fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("", "10", "9", "é", "\u{1f600}", "\uffff")),
      tie("value"),
      { maxKeys: 5 },
    ),
  ),
})).value;

describe("the scan for canonical JSON", () => {
  test("passes whatever canonicalJson writes", () => {
    fc.assert(
      fc.property(jsonValue, (value) => isCanonical(canonicalJson(value))),
      { numRuns: 1000 },
    );
  });

  test("says of any text what parsing and writing it again would say", () => {
    const edit = fc.record({ at: fc.nat(), cut: fc.nat({ max: 2 }), put: fc.string({ maxLength: 2 }) });
    const pieces = fc.constantFrom(
      '"',
      "\\",
      "0",
      "-",
      ".",
      "e",
      "+",
      ",",
      ":",
      "{",
      "}",
      "[",
      "]",
      " ",
      "\\u001f",
    );
    fc.assert(
      fc.property(
        jsonValue,
        edit,
        fc.oneof(pieces, fc.string({ maxLength: 2 })),
        (value, { at, cut }, put) => {
          const text = canonicalJson(value);
          const place = at % (text.length + 1);
          const changed = text.slice(0, place) + put + text.slice(place + cut);
          if (!changed.isWellFormed()) return;
          expect(isCanonical(changed)).toBe(isFixedPoint(changed));
        },
      ),
      { numRuns: 5000 },
    );
  });

  test.each(documents("refused").filter(({ input }) => input.isWellFormed()))(
    "refuses $name",
    ({ input }) => {
      expect(isCanonical(input)).toBe(false);
    },
  );

  test.each([
    "-0",
    "00",
    "1.0",
    "1e2",
    "1E21",
    "1e21x",
    "0.10",
    "-",
    "1e+21 ",
    "9007199254740992",
    "1000000000000000",
    '"\\u0041"',
    '"\\/"',
    '"\\u001F"',
    '"\\u000a"',
    '"\\ud83d\\ude00"',
    "[1, 2]",
    '{"b":1,"a":2}',
    '{"a":1,"a":2}',
    '{"é":1,"z":2}',
    "{}",
    '{"\uffff":1,"\u{1f600}":2}',
    '{"\u{1f600}":1,"\uffff":2}',
    "tru",
    "nulll",
    "",
    "[",
    '{"a"}',
  ])("agrees with the slow way on %j", (text) => {
    expect(isCanonical(text)).toBe(isFixedPoint(text));
  });

  test("refuses what is nested too deep, without running out of stack", () => {
    expect(isCanonical("[".repeat(64) + "]".repeat(64))).toBe(true);
    expect(isCanonical("[".repeat(65) + "]".repeat(65))).toBe(false);
    expect(isCanonical("[".repeat(1_000_000))).toBe(false);
  });

  test("tells where members and items stand, as deep as was asked for", () => {
    const text = '{"a":[1,"é",{"x":null}],"b":{}}';
    const bytes = utf8(text);
    const shown = ({ start, end }: JsonSpan): string => new TextDecoder().decode(bytes.subarray(start, end));
    const { items = [] } = scanCanonicalJson(bytes, limits);
    expect(items.map(shown)).toEqual(['[1,"é",{"x":null}]', "{}"]);
    expect(items[0]?.items?.map(shown)).toEqual(["1", '"é"', '{"x":null}']);
    expect(items[0]?.items?.[2]?.items).toBeUndefined();
  });
});
