import { describe, expect, it } from "vitest";
import { readStoredLeaf } from "./stored-leaf.ts";

const leaf = {
  ...{ id: "leaf", type: "decision", at: 5 },
  writer: { id: "writer", prev: "before", seq: 3 },
  txn: { id: "txn" },
  agent: { id: "agent" },
  body: { use: "used", feed: 1 },
};
const read = (value: unknown, before = "", after = "") => {
  const whole = Buffer.from(`${before}${JSON.stringify(value)}${after}`);
  return readStoredLeaf(whole.subarray(before.length, whole.length - after.length));
};

describe("a stored leaf", () => {
  it("says what recovery needs of it", () => {
    expect(read(leaf)).toEqual({
      ...{ id: "leaf", type: "decision", at: 5, txn: "txn", agent: "agent" },
      writer: { id: "writer", prev: "before", seq: 3 },
      body: expect.any(Function),
    });
    expect(["use", "feed", "other"].map(read(leaf).body)).toEqual(["used", undefined, undefined]);
  });

  it("may belong to no transaction and no agent, and follow nothing", () => {
    const { txn: _txn, agent: _agent, body: _body, ...rest } = leaf;
    const first = read({ ...rest, writer: { id: "writer", prev: null, seq: 0 } });
    expect(first).toMatchObject({ txn: undefined, agent: undefined, writer: { prev: null, seq: 0 } });
    expect(first.body("use")).toBeUndefined();
    expect(read({ ...rest, txn: null, body: "text" }).txn).toBeUndefined();
  });

  it("is read from its own bytes of a larger piece", () => {
    expect(read(leaf, '{"a":', "}").id).toBe("leaf");
  });

  it.each<[string, unknown]>([
    ["no JSON object", 7],
    ["null", null],
    ["without id", { ...leaf, id: undefined }],
    ["with an id that is no text", { ...leaf, id: 7 }],
    ["without writer", { ...leaf, writer: undefined }],
    ["of a writer without id", { ...leaf, writer: { prev: null, seq: 3 } }],
    ["of a writer who does not count", { ...leaf, writer: { id: "writer", seq: "3" } }],
    ["without time", { ...leaf, at: "5" }],
    ["without type", { ...leaf, type: undefined }],
    ["of no known type", { ...leaf, type: "other" }],
    ["of a type that is no text", { ...leaf, type: ["decision"] }],
  ])("is none %s", (_what, value) => {
    expect(() => read(value)).toThrow(
      expect.objectContaining({ code: "state_rolled_back", detail: "an entry is no leaf" }),
    );
  });

  it("is none where it is no JSON", () => {
    expect(() => readStoredLeaf(Buffer.from("{"))).toThrow(
      expect.objectContaining({ code: "state_rolled_back" }),
    );
  });
});
