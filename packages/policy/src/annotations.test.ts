import { describe, expect, it } from "vitest";
import { createNodeEngine } from "./engine.node.ts";
import { type CompiledPolicies, compilePolicies, type DecisionRequest } from "./index.ts";

const engine = createNodeEngine();
const schema =
  'entity U, R; action "a" appliesTo { principal: U, resource: R, context: { signed: Set<String>, n: Long } };';

function problemsOf(text: string): readonly string[] {
  const outcome = compilePolicies(engine, { files: [{ name: "a.cedar", text }], schema });
  return outcome.kind === "rejected" ? outcome.problems.map(({ message }) => message) : [];
}

function compiled(text: string): CompiledPolicies {
  const outcome = compilePolicies(engine, { files: [{ name: "a.cedar", text }], schema });
  if (outcome.kind === "rejected") throw new Error(JSON.stringify(outcome.problems));
  return outcome.policies;
}

function request(signed: readonly string[], n = 0): DecisionRequest {
  const principal = { type: "U", id: "u" };
  const resource = { type: "R", id: "r" };
  return {
    principal,
    resource,
    action: { type: "Action", id: "a" },
    context: { signed, n },
    entities: [principal, resource].map((uid) => ({ uid, attrs: {}, parents: [] })),
  };
}

const four = `
  @id("base") permit (principal, action, resource);
  @id("eyes") @reason("Two people look at this.") @approval("approver#1, approver#2")
  forbid (principal, action, resource)
  unless { context.signed.contains("approver#1") && context.signed.contains("approver#2") };`;

describe("a denial that signatures lift", () => {
  it("names them, and is a permit once they are there", () => {
    const policies = compiled(four);
    expect(policies.decide(request(["approver#1"]))).toMatchObject({
      verdict: "deny",
      code: "approval_required",
      policies: ["eyes"],
      reason: "Two people look at this.",
      requires: ["approver#1", "approver#2"],
    });
    const allowed = policies.decide(request(["approver#1", "approver#2"]));
    expect(allowed).toMatchObject({ verdict: "allow", policies: ["base"] });
    expect(allowed).not.toHaveProperty("requires");
  });

  it("is an ordinary denial as soon as one policy denies that no signature lifts", () => {
    const policies = compiled(
      `${four} @id("never") forbid (principal, action, resource) when { context.n > 1 };`,
    );
    expect(policies.decide(request([], 2))).toMatchObject({
      code: "policy_denied",
      policies: ["eyes", "never"],
    });
    expect(policies.decide(request([], 2))).not.toHaveProperty("requires");
  });

  it("is an ordinary denial when a policy errs beside it", () => {
    const errs = `@id("errs") forbid (principal, action, resource) when { context.n * ${Number.MAX_SAFE_INTEGER} < 0 };`;
    const policies = compiled(`${four} ${errs}`);
    expect(policies.decide(request([], 1)).code).toBe("approval_required");
    const decided = policies.decide(request([], Number.MAX_SAFE_INTEGER));
    expect(decided).toMatchObject({ code: "policy_denied", errors: [{ policy: "errs" }] });
    expect(decided).not.toHaveProperty("requires");
  });

  it("does not come from a denial by default", () => {
    expect(
      compiled(`@id("base") permit (principal, action, resource) when { context.n > 1 };`).decide(
        request([]),
      ),
    ).toMatchObject({ code: "policy_denied", policies: [] });
  });
});

describe("obligations", () => {
  it("are those of all determining permits together: more is redacted, fewer rows, more captured", () => {
    const policies = compiled(`
      @id("a") @redact_result("/b,/a") @cap_rows("100") @capture("digest") permit (principal, action, resource);
      @id("b") @redact_result("/c") @redact_arguments("/note") @cap_rows("20") permit (principal, action, resource);
      @id("c") @capture("full") permit (principal, action, resource) when { context.n > 1 };`);
    const least = { cap_rows: 20, redact_arguments: ["/note"], redact_result: ["/a", "/b", "/c"] };
    expect(policies.decide(request([])).obligations).toEqual({ ...least, capture: "digest" });
    expect(policies.decide(request([], 2)).obligations).toEqual({ ...least, capture: "full" });
    expect(policies.decideUnsliced(request([], 2))).toEqual(policies.decide(request([], 2)));
  });

  it("are absent where no policy demands anything", () => {
    expect(compiled('@id("a") permit (principal, action, resource);').decide(request([]))).not.toHaveProperty(
      "obligations",
    );
  });
});

describe("annotations", () => {
  const permit = "permit (principal, action, resource);";
  const forbid = "forbid (principal, action, resource);";

  it.each([
    ["a misspelt one", `@id("a") @redact_results("/a") ${permit}`, /there is no annotation @redact_results/],
    ["an obligation of a forbid", `@id("a") @cap_rows("1") ${forbid}`, /does not stand with a forbid/],
    ["an approval of a permit", `@id("a") @approval("approver#1") ${permit}`, /does not stand with a permit/],
    ["an approval without a number", `@id("a") @approval("approver") ${forbid}`, /role#n/],
    ["an empty approval", `@id("a") @approval("") ${forbid}`, /role#n/],
    ["rows that are no number", `@id("a") @cap_rows("many") ${permit}`, /whole number/],
    ["rows with a leading zero", `@id("a") @cap_rows("01") ${permit}`, /whole number/],
    ["another capture", `@id("a") @capture("some") ${permit}`, /digest or full/],
    ["a pointer that is none", `@id("a") @redact_result("email") ${permit}`, /JSON Pointers/],
  ])("refuses %s", (_, text, message) => {
    expect(problemsOf(text)).toEqual([expect.stringMatching(message)]);
  });
});
