import { describe, expect, it } from "vitest";
import { createNodeEngine } from "./engine.node.ts";
import { type CompiledPolicies, compilePolicies, schemaFromRegistry } from "./index.ts";

const engine = createNodeEngine();
const { schema } = schemaFromRegistry({ tools: [] });
const policy = {
  name: "a.cedar",
  text: '@id("mint") permit (principal, action == Action::"mint_token", resource);',
};

function compiled(...tests: readonly string[]): CompiledPolicies {
  const files = tests.map((text, i) => ({ name: `p/${i}.cedartest.yaml`, text }));
  const outcome = compilePolicies(engine, { schema, files: [policy, ...files] });
  if (outcome.kind === "rejected") throw new RangeError(JSON.stringify(outcome.problems));
  return outcome.policies;
}

describe("test files of a bundle", () => {
  it("are part of its digest, whatever their names and order, and of no policy", () => {
    const [bare, one, both] = [compiled(), compiled("{}"), compiled("{}", '{"cases":[]}')];
    expect(new Set([bare, one, both].map(({ digest }) => digest)).size).toBe(3);
    expect(compiled('{"cases":[]}', "{}").digest).toBe(both.digest);
    expect(both.ids()).toEqual(bare.ids());
  });

  it("hold no policies, even where their text reads like some", () => {
    expect(compiled('@id("x") forbid (principal, action, resource);').ids()).toEqual(["mint"]);
  });
});
