import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isNarrowgateError, parseStrictJson, utf8 } from "./index.ts";

const refusedUrl = new URL("../../../test/vectors/canonical-json/refused.json", import.meta.url);
const refused: { name: string; input: string }[] = JSON.parse(readFileSync(refusedUrl, "utf8"));

const malformed = expect.objectContaining({ code: "malformed_json" });

/** `text` as a JSON string in which any character may be written as an escape. */
function escapeSome(text: string, choose: () => boolean): string {
  let written = "";
  for (const character of text) {
    const units = character.split("").map((unit) => unit.charCodeAt(0).toString(16).padStart(4, "0"));
    const needed = character < " " || character === '"' || character === "\\";
    written += needed || choose() ? units.map((hex) => `\\u${hex}`).join("") : character;
  }
  return `"${written}"`;
}

describe("parseStrictJson", () => {
  test.each(refused)("refuses: $name", ({ input }) => {
    expect(() => parseStrictJson(input)).toThrow(malformed);
    expect(() => parseStrictJson(utf8(input))).toThrow(malformed);
  });

  test.each([
    ["the largest integers", "[9007199254740991,-9007199254740991]"],
    ["floats beyond the integers", "[1e21,1.7976931348623157e+308,-1e300]"],
    ["other spellings of a safe integer", "[1.0,1e3,-0,0e9]"],
    ["a paired surrogate escape", '"\\ud83d\\ude00"'],
    ["structure characters inside strings", '{"a:{[":"}]:,\\"{","b":"\\\\"}'],
    ["the same key in different objects", '[{"a":1},{"a":{"a":2}}]'],
    ["scalars", " true "],
  ])("accepts %s", (_name, input) => {
    expect(parseStrictJson(input)).toEqual(JSON.parse(input));
  });

  test("agrees with JSON.parse on every document without surprises", () => {
    fc.assert(
      fc.property(fc.json({ noUnicodeString: false, maxDepth: 5 }), (text) => {
        const value = (() => {
          try {
            return { ok: parseStrictJson(text) };
          } catch (error) {
            expect(error).toEqual(malformed);
            return undefined;
          }
        })();
        if (value !== undefined) expect(JSON.stringify(value.ok)).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  test("refuses every duplicate key, however the two are escaped", () => {
    const keys = fc.uniqueArray(fc.string({ unit: "grapheme" }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(keys, fc.nat(), fc.nat(), fc.infiniteStream(fc.boolean()), (names, which, where, coins) => {
        const choose = (): boolean => coins.next().value;
        const member = (name: string): string => `${escapeSome(name, choose)}:0`;
        const members = names.map(member);
        expect(parseStrictJson(`{${members.join(",")}}`)).toEqual(
          Object.fromEntries(names.map((n) => [n, 0])),
        );
        members.splice(where % (members.length + 1), 0, member(names[which % names.length] ?? ""));
        expect(() => parseStrictJson(`{${members.join(",")}}`)).toThrow(malformed);
      }),
      { numRuns: 500 },
    );
  });

  test("keeps __proto__ as a plain member and pollutes nothing", () => {
    const value = parseStrictJson('{"__proto__":{"polluted":true},"constructor":1}');
    expect(Object.keys(Object(value))).toEqual(["__proto__", "constructor"]);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  test.each([[[0x22, 0xff, 0x22]], [[0x22, 0xed, 0xa0, 0x80, 0x22]], [[0xef, 0xbb, 0xbf, 0x7b, 0x7d]]])(
    "refuses the bytes %j",
    (bytes) => {
      expect(() => parseStrictJson(Uint8Array.from(bytes))).toThrow(malformed);
    },
  );

  test("refuses a string that is not well formed as it stands", () => {
    expect(() => parseStrictJson('"\ud800"')).toThrow(malformed);
  });

  test("allows 64 levels by default and refuses the 65th", () => {
    const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
    expect(parseStrictJson(nested(64))).toBeDefined();
    expect(() => parseStrictJson(nested(65))).toThrow(malformed);
    expect(() => parseStrictJson('{"a":[1]}', { maxDepth: 1 })).toThrow(malformed);
  });

  test("survives a million opening brackets", () => {
    expect(() => parseStrictJson("[".repeat(1_000_000))).toThrow(malformed);
    expect(() => parseStrictJson("[".repeat(500_000) + "]".repeat(500_000))).toThrow(malformed);
  });

  test("measures size in bytes of UTF-8, for text and bytes alike", () => {
    const text = '"ééé"';
    expect(parseStrictJson(text, { maxBytes: 8 })).toBe("ééé");
    expect(() => parseStrictJson(text, { maxBytes: 7 })).toThrow(malformed);
    expect(parseStrictJson(utf8(text), { maxBytes: 8 })).toBe("ééé");
    expect(() => parseStrictJson(utf8(text), { maxBytes: 7 })).toThrow(malformed);
  });

  test("bounds the number of members", () => {
    expect(parseStrictJson('{"a":{"b":1}}', { maxKeys: 2 })).toEqual({ a: { b: 1 } });
    expect(() => parseStrictJson('{"a":{"b":1}}', { maxKeys: 1 })).toThrow(malformed);
  });

  test("does not repeat the input in what it throws", () => {
    const thrown = (() => {
      try {
        return parseStrictJson('{"password": "hunter2" x}');
      } catch (error) {
        return error;
      }
    })();
    expect(isNarrowgateError(thrown)).toBe(true);
    expect(JSON.stringify(thrown) + String(thrown) + String(Object(thrown).cause)).not.toContain("hunter2");
  });
});
