import { describe, expect, it } from "vitest";
import type { DecisionRequest } from "./decision.ts";
import { KnownOperations } from "./known-operations.ts";

type Operation = Omit<DecisionRequest, "context">;

const principal = { type: "Agent", id: "a" };
const action = { type: "Action", id: "call_tool" };
const resource = { type: "Tool", id: "t" };

function operation(over: Partial<Operation> = {}): Operation {
  const entities = [{ uid: { ...principal }, attrs: { nested: { tier: "T1" } }, parents: [{ ...resource }] }];
  return { principal, action, resource, entities, ...over };
}

describe("what was made of an operation", () => {
  it("is made once for one list of entities, and anew for another, or another operation on the same", () => {
    const known = new KnownOperations<object>();
    const first = operation();
    const find = (one: Operation): object => known.find(one, () => ({}));
    const made = find(first);
    expect(find({ ...first, principal: { ...principal } })).toBe(made);
    expect(find(operation())).not.toBe(made);
    expect(find(first)).toBe(made);
    for (const over of [
      { principal: { ...principal, id: "b" } },
      { action: { ...action, id: "mint_token" } },
      { resource: { ...resource, type: "Prompt" } },
    ]) {
      const before = find(first);
      expect(find({ ...first, ...over })).not.toBe(before);
    }
  });

  it("is of entities that nobody can change afterwards, at any depth", () => {
    const known = new KnownOperations<object>();
    const { entities, ...rest } = operation();
    known.find({ ...rest, entities }, () => ({}));
    const [entity] = entities;
    const parts = [entities, entity, entity?.uid, entity?.attrs, entity?.attrs["nested"], entity?.parents];
    for (const part of [...parts, entity?.parents[0]]) expect(Object.isFrozen(part)).toBe(true);
  });

  it("is not remembered when it could not be made, and leaves the entities as they were", () => {
    const known = new KnownOperations<string>();
    const one = operation();
    const refuse = (): string => {
      throw new RangeError("no");
    };
    expect(() => known.find(one, refuse)).toThrow("no");
    expect(Object.isFrozen(one.entities)).toBe(false);
    expect(known.find(one, () => "made")).toBe("made");
  });

  it("does not follow a name that its caller changes later", () => {
    const known = new KnownOperations<object>();
    const mine = { ...principal };
    const one = operation({ principal: mine });
    const made = known.find(one, () => ({}));
    mine.id = "b";
    expect(known.find(one, () => ({}))).not.toBe(made);
  });
});
