import { describe, expect, test } from "vitest";
import vectors from "../../../test/vectors/flow/obligations.json" with { type: "json" };
import { createNodeEngine } from "./engine.node.ts";
import { compilePolicies, type PolicyDecision } from "./index.ts";

const engine = createNodeEngine();
const schema = 'entity U, R; action "a" appliesTo { principal: U, resource: R };';

/** Policies that all determine the decision, each with the annotations of one member. */
function decide(effect: "permit" | "forbid", policies: readonly object[]): PolicyDecision {
  const text = policies
    .map((notes, i) => {
      const said = Object.entries(notes).map(([name, value]) => `@${name}(${JSON.stringify(value)})`);
      return `@id("p${i}") ${said.join(" ")} ${effect} (principal, action, resource);`;
    })
    .join("\n");
  const outcome = compilePolicies(engine, { files: [{ name: "a.cedar", text }], schema });
  if (outcome.kind === "rejected") throw new Error(JSON.stringify(outcome.problems));
  const [principal, resource] = [
    { type: "U", id: "u" },
    { type: "R", id: "r" },
  ];
  const entities = [principal, resource].map((uid) => ({ uid, attrs: {}, parents: [] }));
  const action = { type: "Action", id: "a" };
  return outcome.policies.decide({ principal, action, resource, context: {}, entities });
}

describe("obligations of all policies together", () => {
  test.each(vectors.join)("$name", ({ policies, obligations }) => {
    expect(decide("permit", policies).obligations ?? {}).toEqual(obligations);
  });
});

describe("signatures that would lift a denial", () => {
  test.each(vectors.requires)("$name", ({ policies, requires }) => {
    const decision = decide("forbid", policies);
    expect(decision.requires ?? null).toEqual(requires);
    expect(decision.code).toBe(requires === null ? "policy_denied" : "approval_required");
  });
});
