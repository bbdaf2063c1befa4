import type { RegistryDocument } from "@narrowgate/contracts";
import type { JsonValue } from "@narrowgate/kernel";
import { describe, expect, it } from "vitest";
import { createNodeEngine } from "../engine.node.ts";
import { type CompiledPolicies, compilePolicies, schemaFromRegistry } from "../index.ts";
import { buildRequest, parsePolicyTests, runPolicyTests, worldFromRegistry } from "./index.ts";

const engine = createNodeEngine();
const text = `@id("reads") @cap_rows("10") permit(principal, action == Action::"call_tool", resource) when { resource.effect == "read" };
@id("four-eyes") @approval("approver#1") forbid(principal, action == Action::"call_tool", resource)
  when { resource.effect == "irreversible" } unless { context.approvals.contains("approver#1") };
@id("nobody") permit(principal == Agent::"ghost", action, resource);
@id("tainted") forbid(principal, action, resource) when { context.labels.rank >= 2 && context.labels.untrusted };`;

function compiled(definitions: Parameters<typeof schemaFromRegistry>[0]["tools"] = []): CompiledPolicies {
  const { schema } = schemaFromRegistry({ tools: definitions });
  const outcome = compilePolicies(engine, { files: [{ name: "a.cedar", text }], schema });
  if (outcome.kind === "rejected") expect.fail(JSON.stringify(outcome.problems));
  return outcome.policies;
}

const registry: Pick<RegistryDocument, "agents" | "servers"> = {
  agents: [
    {
      id: "desk",
      owner: "o",
      deputy: "d",
      purpose: "p",
      tier: "T2",
      expires: 2e9,
      delegates: [],
      ceiling: {},
      bindings: [],
    },
  ],
  servers: [
    {
      id: "files",
      upstream: { transport: "http", url: "https://x.example", auth: "none" },
      tools: [{ name: "read", dataClass: "internal", effect: "read", egress: false, scope: "files" }],
      prompts: [],
      resources: [{ name: "file:///", dataClass: "internal", effect: "read", egress: false, scope: "files" }],
      allowUpstreamRequests: [],
    },
  ],
};
const world = worldFromRegistry(registry);

function run(cases: JsonValue) {
  return runPolicyTests(compiled(), [parsePolicyTests({ cases }, "t.cedartest.yaml")], world);
}
const base = { name: "c", principal: "desk", action: "call_tool", resource: "files/read" };

describe("a policy test", () => {
  it("fills in what it does not say, for every action, so that policy can decide", () => {
    const asked = [
      ["call_tool", "files/read"],
      ["read_resource", "files/file:///"],
      ["mint_token", "files"],
      ["exchange_token", "desk"],
      ["open_mandate", "desk"],
    ] as const;
    for (const [action, id] of asked) {
      const request = buildRequest(
        { principal: { id: "desk" }, action, resource: { id }, context: {} },
        world,
      );
      expect(compiled().decide(request).code).not.toBe("policy_context_invalid");
    }
  });

  it("passes when all it expects is so, and says member by member what is not", () => {
    const wrong = { ...base, name: "w", expect: "deny", code: "policy_denied", obligations: { cap_rows: 9 } };
    const { results, failed } = run([
      { ...base, expect: "allow", policies: ["reads"], obligations: { cap_rows: 10 }, requires: [] },
      wrong,
    ]);
    expect(failed).toBe(1);
    expect(results[0]?.differences).toEqual([]);
    expect(results[1]?.differences).toEqual([
      { what: "verdict", expected: "deny", actual: "allow" },
      { what: "code", expected: "policy_denied", actual: null },
      { what: "obligations", expected: { cap_rows: 9 }, actual: { cap_rows: 10 } },
    ]);
  });

  it("may make an entity up, and takes a class for its rank", () => {
    const refund = { id: "desk/refund", attrs: { effect: "irreversible" } };
    const { failed } = run([
      { ...base, resource: refund, expect: "deny", code: "approval_required", requires: ["approver#1"] },
      {
        ...base,
        name: "d",
        context: { labels: { data_class: "confidential", untrusted: true } },
        expect: "deny",
        policies: ["tainted"],
      },
    ]);
    expect(failed).toBe(0);
  });

  it("counts the policies that took part, and those that never did", () => {
    const { coverage } = run([{ ...base, expect: "allow" }]);
    expect(coverage).toEqual([
      { policy: "four-eyes", evaluated: 1, determined: 0 },
      { policy: "nobody", evaluated: 0, determined: 0 },
      { policy: "reads", evaluated: 1, determined: 1 },
      { policy: "tainted", evaluated: 1, determined: 0 },
    ]);
  });

  const unput: readonly (readonly [string, JsonValue, RegExp])[] = [
    [
      "an entity the registry does not have",
      { ...base, resource: "files/nothing" },
      /no Tool files\/nothing/,
    ],
    ["a misspelt attribute", { ...base, context: { lables: {} } }, /\/context\/lables/],
    ["a misspelt member of one", { ...base, context: { labels: { rnk: 1 } } }, /\/context\/labels\/rnk/],
  ];
  it.each(unput)("fails with %s, whatever it expects", (_, test, message) => {
    const { results, failed } = run([{ ...Object(test), expect: "deny" }]);
    expect(failed).toBe(1);
    expect(results[0]?.reason).toMatch(message);
  });

  const malformed: readonly (readonly [string, JsonValue, RegExp])[] = [
    ["an unknown member", { cases: [{ ...base, expect: "deny", polices: [] }] }, /\/cases\/0\/polices/],
    ["no cases", { cases: [] }, /\/cases/],
    ["no expectation", { cases: [base] }, /\/cases\/0\/expect/],
    ["two cases of one name", { cases: [0, 1].map(() => ({ ...base, expect: "deny" })) }, /two cases/],
    [
      "an unknown obligation",
      { cases: [{ ...base, expect: "allow", obligations: { cap: 1 } }] },
      /obligations\/cap/,
    ],
  ];
  it.each(malformed)("is refused with %s", (_, value, message) => {
    expect(() => parsePolicyTests(value, "t")).toThrow(message);
  });
});
