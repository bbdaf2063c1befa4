import { isNarrowgateError } from "@narrowgate/kernel";
import { describe, expect, it } from "vitest";
import { readConstraint, readUriConstraint } from "./read-constraint.ts";
import { compareScalars, readNumber, readScalar, type Scalar } from "./scalar.ts";
import { commonMembers, compareText, firstMissing } from "./sorted-set.ts";

function faultOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (isNarrowgateError(error)) return error.publicMessage;
    throw error;
  }
  return "accepted";
}
const fault = (value: unknown) => faultOf(() => readConstraint(value, "/c"));
const many = (count: number) => Array.from({ length: count }, (_, i) => i);

describe("a constraint", () => {
  it.each<[object, unknown]>([
    [{ equals: "a" }, { kind: "one_of", values: ["a"] }],
    [{ equals: null }, { kind: "one_of", values: [null] }],
    [{ one_of: ["b", 1, "a"] }, { kind: "one_of", values: [1, "a", "b"] }],
    [{ prefix: "/a/" }, { kind: "prefix", prefix: "/a/" }],
    [{ min: 1 }, { kind: "range", min: 1, max: Number.POSITIVE_INFINITY }],
    [{ max: 1 }, { kind: "range", min: Number.NEGATIVE_INFINITY, max: 1 }],
    [
      { min: 0, max: 0 },
      { kind: "one_of", values: [0] },
    ],
    [
      { min: 1, max: 2 },
      { kind: "range", min: 1, max: 2 },
    ],
    [{ min: 2, max: 1 }, "nothing"],
    [
      { one_of: ["/a/1", "/b/1"], prefix: "/a/" },
      { kind: "one_of", values: ["/a/1"] },
    ],
    [
      { equals: 2, min: 1, max: 3 },
      { kind: "one_of", values: [2] },
    ],
    [{ equals: "a", one_of: ["b"] }, "nothing"],
    [{ equals: "a", one_of: ["b"], prefix: "a" }, "nothing"],
    [{ min: 2, max: 1, equals: 1 }, "nothing"],
    [{ prefix: "a", min: 1, max: 2 }, "nothing"],
  ])("%j is read", (sent, expected) => {
    expect(readConstraint(sent, "/c")).toEqual(expected);
  });

  it("has an operator, and none that nobody knows", () => {
    expect(fault({})).toBe("/c: must have at least one operator");
    expect(fault({ like: "a" })).toBe("/c/like: is not a known member");
    expect(fault("a")).toBe("/c: must be an object");
  });

  it("says where in it the fault is", () => {
    expect(fault({ equals: {} })).toMatch(/^\/c\/equals: must be a string/);
    expect(fault({ one_of: "a" })).toMatch(/^\/c\/one_of: must be an array/);
    expect(fault({ one_of: ["a", []] })).toMatch(/^\/c\/one_of\/1: must be a string/);
    expect(fault({ prefix: 1 })).toMatch(/^\/c\/prefix: must be a string/);
    expect(fault({ prefix: "/a/../b" })).toMatch(/^\/c\/prefix: must be plain text/);
    expect(fault({ min: "1" })).toBe("/c/min: must be a number");
    expect(fault({ max: null })).toBe("/c/max: must be a number");
  });

  it("names no value twice, wherever the two stand", () => {
    expect(fault({ one_of: ["b", "a", "b"] })).toBe("/c/one_of: holds a duplicate");
    expect(fault({ one_of: [0, -0] })).toBe("/c/one_of: holds a duplicate");
    expect(fault({ one_of: [1, "1", true, null] })).toBe("accepted");
  });

  it("has sets and prefixes of bounded size", () => {
    expect(fault({ one_of: [] })).toMatch(/must have 1 to 256 items/);
    expect(fault({ one_of: many(256) })).toBe("accepted");
    expect(fault({ one_of: many(257) })).toMatch(/must have 1 to 256 items/);
    expect(fault({ prefix: "" })).toMatch(/must have 1 to 1024 characters/);
    expect(fault({ prefix: "a".repeat(1024) })).toBe("accepted");
    expect(fault({ prefix: "a".repeat(1025) })).toMatch(/must have 1 to 1024 characters/);
  });
});

describe("a constraint on a URI", () => {
  const uriFault = (value: unknown) => faultOf(() => readUriConstraint(value, "/uris"));

  it("is one of strings", () => {
    expect(readUriConstraint({ prefix: "file:///a/" }, "/uris")).toEqual({
      kind: "prefix",
      prefix: "file:///a/",
    });
    expect(readUriConstraint({ equals: "file:///a" }, "/uris")).toEqual({
      kind: "one_of",
      values: ["file:///a"],
    });
    expect(readUriConstraint({ one_of: ["b", "a"] }, "/uris")).toEqual({
      kind: "one_of",
      values: ["a", "b"],
    });
    expect(uriFault({ equals: 1 })).toBe("/uris/equals: must be a string");
    expect(uriFault({ one_of: ["a", 1] })).toBe("/uris/one_of/1: must be a string");
    expect(uriFault({ one_of: 1 })).toBe("/uris/one_of: must be an array");
    expect(uriFault({ min: 1 })).toBe("/uris/min: is not a known member");
  });
});

describe("a scalar", () => {
  it.each<[unknown, Scalar]>([
    ...([null, true, false, 1.5, "a", ""] as const).map((value): [unknown, Scalar] => [value, value]),
    [-0, 0],
    [2 ** 53 - 1, 2 ** 53 - 1],
    [1 - 2 ** 53, 1 - 2 ** 53],
    ["a".repeat(1024), "a".repeat(1024)],
  ])("%j is read", (value, expected) => {
    expect(readScalar(value, "/s")).toBe(expected);
  });

  it.each<[unknown, RegExp]>([
    [undefined, /^\/s: must be a string, number, boolean or null$/],
    [{}, /must be a string, number/],
    [Number.NaN, /must be a number/],
    [Number.POSITIVE_INFINITY, /must be a number/],
    [2 ** 53, /is beyond/],
    [-(2 ** 53), /is beyond/],
    ["a".repeat(1025), /at most 1024 characters/],
    ["\ud800", /a lone surrogate/],
  ])("%j is refused", (value, sentence) => {
    expect(faultOf(() => readScalar(value, "/s"))).toMatch(sentence);
  });

  it("is a number where one is asked for", () => {
    expect(faultOf(() => readNumber("1", "/s"))).toBe("/s: must be a number");
    expect(readNumber(1, "/s")).toBe(1);
  });

  it("stands in the order of its type, then of its value", () => {
    const sorted: Scalar[] = [
      null,
      false,
      true,
      -1,
      0,
      2,
      10,
      "",
      "10",
      "2",
      "a",
      "b",
      "\ud83d\ude00",
      "\uff5e",
    ];
    expect(sorted.toReversed().toSorted(compareScalars)).toEqual(sorted);
    for (const [i, one] of sorted.entries())
      expect(sorted.map((other) => Math.sign(compareScalars(one, other)))).toEqual(
        sorted.map((_, j) => Math.sign(i - j)),
      );
  });
});

describe("sorted sets", () => {
  it("compare texts by their code units", () => {
    expect([compareText("a", "a"), compareText("a", "b"), compareText("b", "a")]).toEqual([0, -1, 1]);
    expect(compareText("\ud83d\ude00", "\uff5e")).toBe(-1);
  });

  it("find the first member that the other lacks", () => {
    const of = (outer: string, inner: string) => firstMissing([...outer], [...inner]);
    expect(of("abc", "")).toBeUndefined();
    expect(of("", "")).toBeUndefined();
    expect(of("abc", "ac")).toBeUndefined();
    expect(of("abc", "abc")).toBeUndefined();
    expect(of("", "a")).toBe(0);
    expect(of("bd", "ab")).toBe(0);
    expect(of("bd", "bc")).toBe(1);
    expect(of("bd", "bde")).toBe(2);
    expect(firstMissing([], [""])).toBe(0);
    expect(firstMissing(["a"], ["b"])).toBe(0);
  });

  it("have the members of both in common", () => {
    const of = (a: readonly Scalar[], b: readonly Scalar[]) => commonMembers(a, b);
    expect(of(["a", "b", "d"], ["b", "c", "d"])).toEqual(["b", "d"]);
    expect(of(["b", "c", "d"], ["a", "b", "d"])).toEqual(["b", "d"]);
    expect(of([], ["a"])).toEqual([]);
    expect(of(["a"], [])).toEqual([]);
    expect(of([null, true, 1, "1"], [null, 1, "1"])).toEqual([null, 1, "1"]);
    expect(of(["c"], ["a", "b"])).toEqual([]);
  });
});
