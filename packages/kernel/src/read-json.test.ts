import { describe, expect, test } from "vitest";
import {
  parseStrictJson,
  readArray,
  readBoolean,
  readEnum,
  readInteger,
  readObject,
  readOptional,
  readString,
} from "./index.ts";

function refusal(publicMessage: string): unknown {
  return expect.objectContaining({ code: "malformed_input", publicMessage });
}

describe("readObject", () => {
  test("gives the allowed members and leaves absent ones undefined", () => {
    const record = readObject({ a: 1 }, "", ["a", "constructor"]);
    expect(record.a).toBe(1);
    expect(record.constructor).toBeUndefined();
  });

  test("names an unknown member by its JSON pointer", () => {
    expect(() => readObject({ "x/~y": 1 }, "/a", ["b"])).toThrow(refusal("/a/x~1~0y: is not a known member"));
  });

  test("shows a hostile key cut and without control characters", () => {
    const shown = `/${"?".repeat(64)}: is not a known member`;
    expect(() => readObject({ ["\u001b".repeat(99)]: 1 }, "", [])).toThrow(refusal(shown));
  });

  test("refuses a __proto__ member", () => {
    expect(() => readObject(parseStrictJson('{"__proto__":{}}'), "", ["a"])).toThrow(
      refusal("/__proto__: is not a known member"),
    );
  });

  test.each([null, [], "x", 1, undefined])("refuses %j", (value) => {
    expect(() => readObject(value, "", [])).toThrow(refusal("the document: must be an object"));
  });
});

describe("scalar readers", () => {
  test("readString bounds length and form", () => {
    expect(readString("abc", "/s", { min: 3, max: 3, pattern: /^[a-c]+$/g })).toBe("abc");
    expect(() => readString("ab", "/s", { min: 3, max: 4 })).toThrow(
      refusal("/s: must have 3 to 4 characters"),
    );
    expect(() => readString("abd", "/s", { pattern: /^[a-c]+$/ })).toThrow(
      refusal("/s: does not have the required form"),
    );
    expect(() => readString(1, "/s")).toThrow(refusal("/s: must be a string"));
  });

  test("readString gives the same answer each time for a pattern with a memory", () => {
    const pattern = /a/g;
    expect([readString("a", "/s", { pattern }), readString("a", "/s", { pattern })]).toEqual(["a", "a"]);
  });

  test.each([1.5, "1", 2 ** 53, -1, Number.NaN, null])("readInteger refuses %j", (value) => {
    expect(() => readInteger(value, "/n", { max: 9 })).toThrow(
      refusal("/n: must be a whole number from 0 to 9"),
    );
  });

  test("readInteger and readBoolean give what was sent", () => {
    expect([readInteger(-3, "/n", { min: -3 }), readBoolean(false, "/b")]).toEqual([-3, false]);
    expect(() => readBoolean("true", "/b")).toThrow(refusal("/b: must be true or false"));
  });

  test("readEnum accepts only the listed strings", () => {
    expect(readEnum("b", "/e", ["a", "b"])).toBe("b");
    expect(() => readEnum("c", "/e", ["a", "b"])).toThrow(refusal("/e: must be one of a, b"));
    expect(() => readEnum(undefined, "/e", ["a"])).toThrow(refusal("/e: must be one of a"));
  });
});

describe("readArray and readOptional", () => {
  test("readArray hands each item its own path", () => {
    expect(readArray([1, 2], "/a", (item, path) => `${path}=${readInteger(item, path)}`)).toEqual([
      "/a/0=1",
      "/a/1=2",
    ]);
    expect(() => readArray([1, "x"], "/a", (item, path) => readInteger(item, path, { max: 5 }))).toThrow(
      refusal("/a/1: must be a whole number from 0 to 5"),
    );
  });

  test("readArray bounds the number of items", () => {
    expect(() => readArray([1, 2], "/a", (item) => item, { max: 1 })).toThrow(
      refusal("/a: must have 0 to 1 items"),
    );
    expect(() => readArray({}, "/a", (item) => item)).toThrow(refusal("/a: must be an array"));
  });

  test("readOptional passes over an absent member, not over null", () => {
    expect(readOptional(undefined, (value) => readString(value, "/s"))).toBeUndefined();
    expect(() => readOptional(null, (value) => readString(value, "/s"))).toThrow(
      refusal("/s: must be a string"),
    );
  });
});
