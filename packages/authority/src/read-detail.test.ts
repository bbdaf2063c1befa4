import { isNarrowgateError } from "@narrowgate/kernel";
import { describe, expect, it } from "vitest";
import { readDetail } from "./read-detail.ts";

const tool = { type: "mcp_tool", server: "s", tools: ["t"] };
const read = (more: object = {}) => readDetail({ ...tool, ...more }, "/d");

function fault(value: unknown): string {
  try {
    readDetail(value, "/d");
  } catch (error) {
    if (isNarrowgateError(error)) return error.publicMessage;
    throw error;
  }
  return "accepted";
}
const faultIn = (more: object) => fault({ ...tool, ...more });

describe("a detail", () => {
  it("has its defaults written out", () => {
    expect(read()).toEqual({
      type: "mcp_tool",
      server: "s",
      operation: { kind: "one_of", values: ["t"] },
      constraints: new Map(),
      dataClass: "restricted",
      caps: new Map(),
      depth: 16,
      expires: Number.POSITIVE_INFINITY,
    });
  });

  it("has what was sent", () => {
    const sent = {
      constraints: { "/b": { min: 1 }, "/a": { equals: "x" } },
      data_class: "internal",
      caps: { rows: 2, calls: 1 },
      depth: 0,
      expires: 0,
    };
    const detail = read(sent);
    expect(detail).toMatchObject({ dataClass: "internal", depth: 0, expires: 0 });
    expect([...(detail?.constraints ?? [])]).toEqual([
      ["/a", { kind: "one_of", values: ["x"] }],
      ["/b", { kind: "range", min: 1, max: Number.POSITIVE_INFINITY }],
    ]);
    expect([...(detail?.caps ?? [])]).toEqual([
      ["calls", 1],
      ["rows", 2],
    ]);
  });

  it("has a zero of one sign", () => {
    const detail = read({ depth: -0, expires: -0, caps: { calls: -0 } });
    expect([detail?.depth, detail?.expires, detail?.caps.get("calls")]).toEqual([0, 0, 0]);
    expect(Object.is(detail?.depth, 0)).toBe(true);
    expect(Object.is(detail?.expires, 0)).toBe(true);
    expect(Object.is(detail?.caps.get("calls"), 0)).toBe(true);
  });

  it("is of a type that is known, of its own", () => {
    for (const value of [undefined, null, "a", [], {}, { ...tool, type: "x" }, Object.create(tool)])
      expect(fault(value)).toBe("/d/type: must be one of mcp_tool, mcp_resource, mcp_prompt");
    expect(faultIn({ server: "" })).toMatch(/^\/d\/server: /);
    expect(faultIn({ tools: [] })).toMatch(/^\/d\/tools: /);
    expect(faultIn({ prompts: ["t"] })).toBe("/d/prompts: is not a known member");
  });

  it("of a resource has no arguments to constrain, and one of a prompt has", () => {
    const resource = { type: "mcp_resource", server: "s", uris: { prefix: "file:///" } };
    expect(fault(resource)).toBe("accepted");
    expect(fault({ ...resource, constraints: {} })).toBe("/d/constraints: is not a known member");
    expect(fault({ type: "mcp_prompt", server: "s", prompts: ["p"], constraints: {} })).toBe("accepted");
  });
});

describe("constraints of a detail", () => {
  const same = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, { equals: 1 }]));
  const many = (count: number) => same(Array.from({ length: count }, (_, i) => `/a${i}`));

  it("are a map of so many pointers", () => {
    for (const constraints of [null, [], "a", 1])
      expect(faultIn({ constraints })).toBe("/d/constraints: must be an object");
    expect(faultIn({ constraints: many(64) })).toBe("accepted");
    expect(faultIn({ constraints: many(65) })).toBe("/d/constraints: must have at most 64 constraints");
    expect(faultIn({ constraints: same(["a"]) })).toMatch(/^\/d\/constraints: /);
    expect(faultIn({ constraints: { "/a/b": { equals: {} } } })).toMatch(
      /^\/d\/constraints\/~1a~1b\/equals: /,
    );
  });

  it("that admit nothing, or contradict each other, leave nothing of the detail", () => {
    expect(read({ constraints: { "/a": { min: 2, max: 1 }, "/b": { equals: 1 } } })).toBeUndefined();
    expect(read({ constraints: same(["/a", "/a/b"]) })).toBeUndefined();
    expect(read({ constraints: same(["/a", "/ab"]) })).toBeDefined();
    expect(
      readDetail({ type: "mcp_resource", server: "s", uris: { equals: "a", one_of: ["b"] } }, "/d"),
    ).toBeUndefined();
  });

  it("are refused for a fault even where nothing is left", () => {
    expect(faultIn({ constraints: { "/a": { min: 2, max: 1 }, "/b": {} } })).toMatch(/at least one operator/);
    expect(faultIn({ constraints: { "/a": { min: 2, max: 1 } }, depth: 17 })).toMatch(/^\/d\/depth: /);
  });
});

describe("limits of a detail", () => {
  it("are of names that are known", () => {
    for (const name of ["calls", "rows", "bytes", "amount:EUR"])
      expect(faultIn({ caps: { [name]: 1 } })).toBe("accepted");
    for (const name of ["call", "callsx", "xcalls", "amount:EU", "amount:eur", "amount:EURO", "xamount:EUR"])
      expect(faultIn({ caps: { [name]: 1 } })).toBe("/d/caps: holds an unknown cap");
    expect(faultIn({ caps: null })).toBe("/d/caps: must be an object");
  });

  it("are whole numbers of their range", () => {
    expect(faultIn({ caps: { "amount:EUR": -1 } })).toMatch(/^\/d\/caps\/amount:EUR: must be a whole number/);
    expect(faultIn({ caps: { calls: 1.5 } })).toMatch(/^\/d\/caps\/calls: /);
    expect(faultIn({ depth: 16 })).toBe("accepted");
    expect(faultIn({ depth: 17 })).toBe("/d/depth: must be a whole number from 0 to 16");
    expect(faultIn({ expires: -1 })).toMatch(/^\/d\/expires: /);
    expect(faultIn({ expires: null })).toMatch(/^\/d\/expires: /);
    expect(faultIn({ data_class: "secret" })).toMatch(/^\/d\/data_class: must be one of /);
  });
});
