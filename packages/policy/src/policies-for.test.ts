import { describe, expect, test } from "vitest";
import type { CompiledPolicy } from "./compiled-policies.ts";
import { policiesFor } from "./policies-for.ts";
import { emptyReadTrees } from "./read-set.ts";
import { readScope } from "./scope.ts";

const any = { op: "All" };
const agent = (id: string) => ({ type: "Agent", id });
const policy = (id: string, principal: object): CompiledPolicy => ({
  id,
  text: id,
  effect: "permit",
  reason: undefined,
  scope: readScope({ principal, action: any, resource: any }),
  reads: emptyReadTrees(),
  approval: [],
  obligations: {},
});

describe("the policies that can apply to an agent", () => {
  const policies = [
    policy("all", any),
    policy("clerk", { op: "==", entity: agent("clerk") }),
    policy("other", { op: "==", entity: agent("other") }),
    policy("type", { op: "is", entity_type: "Agent" }),
    policy("person", { op: "is", entity_type: "Person" }),
    policy("group", { op: "in", entity: { type: "Group", id: "desk" } }),
    policy("typed-group", { op: "is", entity_type: "Agent", in: { entity: { type: "Group", id: "desk" } } }),
  ];
  const idsFor = (...groups: string[]) =>
    policiesFor(
      { policies },
      agent("clerk"),
      groups.map((id) => ({ type: "Group", id })),
    ).map(({ id }) => id);

  test("are those for everybody, for its type and for itself, and none for another", () => {
    expect(idsFor()).toEqual(["all", "clerk", "type"]);
  });

  test("are those of its groups as well", () => {
    expect(idsFor("desk")).toEqual(["all", "clerk", "type", "group", "typed-group"]);
    expect(idsFor("elsewhere")).toEqual(["all", "clerk", "type"]);
  });
});
