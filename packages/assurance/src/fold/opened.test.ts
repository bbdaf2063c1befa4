import { describe, expect, test } from "vitest";
import { inputAt, listMember, member, textMember } from "./opened.ts";

describe("a member of an opened part", () => {
  test.each([
    ["there is no part", undefined],
    ["the part is null", null],
    ["the part is a list", ["a"]],
    ["the part is a text", "a"],
    ["every object has a member of that name", {}],
  ])("is not there where %s", (_, part) => {
    expect([member(part, "constructor"), textMember(part, "length")]).toEqual([undefined, undefined]);
    expect(listMember(part, "constructor")).toEqual([]);
  });
});

describe("what the inputs of a decision say at a place", () => {
  const call = { kind: "tool", server: { id: "files" } };
  const inputs = [
    { path: "/caller", value: "nobody" },
    { path: "/call", value: call },
    { path: "/context/env", value: "prod" },
  ];

  test.each([
    ["/call", call],
    ["/context/env", "prod"],
    ["/call/kind", "tool"],
    ["/call/server/id", "files"],
    ["/call/name", undefined],
    ["/context", undefined],
    ["/cal", undefined],
  ])("is found by its own path, or by steps inside another: %s", (pointer, value) => {
    expect(inputAt(inputs, pointer)).toEqual(value);
  });

  test("is nothing where they are no list, or an item has no path", () => {
    expect(inputAt({ path: "/call", value: call }, "/call")).toBeUndefined();
    expect(inputAt([null, { value: "x" }, ...inputs], "/call/kind")).toBe("tool");
  });
});
