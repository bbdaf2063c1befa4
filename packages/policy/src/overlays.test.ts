import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compilePolicies } from "./compile-policies.ts";
import type { CompiledPolicies } from "./compiled-policies.ts";
import type { DecisionRequest, PolicyBundle } from "./decision.ts";
import { createNodeEngine } from "./engine.node.ts";
import { compileOverlays, overlaid } from "./overlays.ts";

const engine = createNodeEngine();
const schema = `entity Agent { tier: String };
entity Tool { effect: String };
action call_tool, mint_token appliesTo { principal: Agent, resource: Tool, context: { amount: Long, egress: Bool } };`;

const bundleOf = (text: string): PolicyBundle => ({ files: [{ name: "base.cedar", text }], schema });

function compiledOf(bundle: PolicyBundle): CompiledPolicies {
  const outcome = compilePolicies(engine, bundle);
  if (outcome.kind === "rejected") throw new TypeError(JSON.stringify(outcome.problems));
  return outcome.policies;
}

const problemsOf = (text: string): readonly string[] => {
  const outcome = compileOverlays(engine, bundleOf(""), [{ id: "o", text }]);
  return outcome.kind === "rejected" ? outcome.problems.map(({ message }) => message) : [];
};

describe("an overlay", () => {
  test("that only forbids is taken", () => {
    const text =
      '// permit(principal, action, resource);\n@id("permit-nothing") @reason("permit") forbid(principal, action, resource) when { "permit" == "permit" };';
    expect(problemsOf(text)).toEqual([]);
  });

  test.each([
    ["permits", '@id("p") permit(principal, action, resource);', /it permits/],
    [
      "permits beside a forbid",
      '@id("f") forbid(principal, action, resource); @id("p") permit(principal, action, resource) when { false };',
      /it permits/,
    ],
    [
      "asks for a person",
      '@id("f") @approval("approver#1") forbid(principal, action, resource);',
      /asks for a person/,
    ],
    ["is empty", "// forbid(principal, action, resource);", /no policy/],
    [
      "reads what nothing declares",
      '@id("f") forbid(principal, action, resource) when { context.nothing };',
      /./,
    ],
    ["is no policy", "forbid everything", /./],
  ])("that %s is refused", (_, text, message) => {
    expect(problemsOf(text).join()).toMatch(message);
  });

  test("is refused beside one that names a policy alike", () => {
    const text = '@id("f") forbid(principal, action, resource);';
    const both = [
      { id: "a", text },
      { id: "b", text },
    ];
    expect(compileOverlays(engine, bundleOf(""), both).kind).toBe("rejected");
  });
});

const conditions = [
  "context.amount > 5",
  "context.amount + 9223372036854775807 > 0",
  "context.egress",
  'principal.tier == "T1"',
  'resource.effect == "write"',
  "true",
  "false",
];
const scopes = [
  "principal, action, resource",
  'principal == Agent::"a", action, resource',
  'principal, action == Action::"call_tool", resource',
];
const policy = (effects: readonly string[]) =>
  fc.record({
    effect: fc.constantFrom(...effects),
    scope: fc.constantFrom(...scopes),
    when: fc.constantFrom(...conditions),
  });
const textOf = (prefix: string, list: readonly { effect: string; scope: string; when: string }[]): string =>
  list
    .map(({ effect, scope, when }, i) => `@id("${prefix}${i}") ${effect}(${scope}) when { ${when} };`)
    .join("\n");

const request: fc.Arbitrary<DecisionRequest> = fc
  .record({
    agent: fc.constantFrom("a", "b"),
    tier: fc.constantFrom("T1", "T2"),
    effect: fc.constantFrom("read", "write"),
    action: fc.constantFrom("call_tool", "mint_token"),
    amount: fc.oneof(fc.integer({ min: 0, max: 10 }), fc.constant("many")),
    egress: fc.boolean(),
  })
  .map(({ agent, tier, effect, action, amount, egress }) => ({
    principal: { type: "Agent", id: agent },
    action: { type: "Action", id: action },
    resource: { type: "Tool", id: "t" },
    context: { amount, egress },
    entities: [
      { uid: { type: "Agent", id: agent }, attrs: { tier }, parents: [] },
      { uid: { type: "Tool", id: "t" }, attrs: { effect }, parents: [] },
    ],
  }));

test("what is permitted under an overlay is permitted without it, and as by all policies together", () => {
  fc.assert(
    fc.property(
      fc.array(policy(["permit", "forbid"]), { maxLength: 4 }),
      fc.array(policy(["forbid"]), { minLength: 1, maxLength: 3 }),
      fc.array(request, { minLength: 1, maxLength: 6 }),
      (base, over, requests) => {
        const [below, above] = [textOf("b", base), textOf("o", over)];
        const alone = compiledOf(bundleOf(below));
        const outcome = compileOverlays(engine, bundleOf(below), [{ id: "o", text: above }]);
        if (outcome.kind === "rejected") throw new TypeError(JSON.stringify(outcome.problems));
        const both = overlaid(alone, outcome.policies);
        const together = compiledOf(bundleOf(`${below}\n${above}`));
        expect(both.digest).toBe(alone.digest);
        for (const asked of requests) {
          const { verdict } = both.decide(asked);
          if (verdict === "allow") expect(alone.decide(asked)).toEqual(both.decide(asked));
          expect(verdict).toBe(together.decide(asked).verdict);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test("an overlay that would permit, however it came there, permits nothing", () => {
  const permitting = compiledOf(bundleOf('@id("p") permit(principal, action, resource);'));
  const [asked] = fc.sample(request, { numRuns: 1, seed: 1 });
  if (asked === undefined) throw new TypeError("no request");
  expect(
    overlaid(compiledOf(bundleOf("")), permitting).decide({ ...asked, context: { amount: 1, egress: false } })
      .verdict,
  ).toBe("deny");
});
