import { describe, expect, it } from "vitest";
import { buildRequest } from "../cases/build-request.ts";
import { createNodeEngine } from "../engine.node.ts";
import {
  type CompiledPolicies,
  compilePolicies,
  type DecisionRequest,
  schemaFromRegistry,
} from "../index.ts";
import { explainDenial } from "./index.ts";

const engine = createNodeEngine();
const { schema } = schemaFromRegistry({
  tools: [
    {
      server: "s",
      name: "t",
      inputSchema: { type: "object", properties: { to: { type: "string" }, cents: { type: "integer" } } },
    },
  ],
});

function compile(text: string): CompiledPolicies {
  const outcome = compilePolicies(engine, { files: [{ name: "a.cedar", text }], schema });
  if (outcome.kind === "rejected") expect.fail(JSON.stringify(outcome.problems));
  return outcome.policies;
}

function request(
  context: DecisionRequest["context"] = {},
  attrs: DecisionRequest["context"] = {},
): DecisionRequest {
  const principal = { id: "desk", attrs: {} };
  return buildRequest({ principal, action: "call_tool", resource: { id: "s/t", attrs }, context }, new Map());
}

const paths = (text: string, asked: DecisionRequest) =>
  explainDenial(compile(text), asked).attributes.map(({ path, after }) => [path, after ?? null]);

describe("explaining a denial", () => {
  it("names the policies that decided, and what each alone would change", () => {
    const text = `@id("all") permit(principal, action, resource);
      @id("tainted") @reason("no egress after untrusted") forbid(principal, action == Action::"call_tool", resource)
        when { resource.egress && context.labels.untrusted && context.labels.rank >= 2 };`;
    const asked = request({ labels: { untrusted: true, rank: 2 } }, { egress: true });
    const explained = explainDenial(compile(text), asked);
    expect(explained.decided).toEqual([
      { id: "tainted", effect: "forbid", reason: "no egress after untrusted" },
    ]);
    expect(explained.attributes).toEqual([
      { path: "/resource/egress", before: true, after: false },
      { path: "/context/labels/untrusted", before: true, after: false },
      { path: "/context/labels/rank", before: 2, after: 0 },
      { path: "/context/labels/rank", before: 2, after: 1 },
    ]);
    expect(explained.withoutPolicy).toEqual(["tainted"]);
    expect(explained.bound).toEqual({ tried: 5, all: true, notDecided: [] });
  });

  it("finds all signatures at once, and says nothing of half of them", () => {
    const text = `@id("all") permit(principal, action, resource);
      @id("two") @approval("approver#1, approver#2") forbid(principal, action == Action::"call_tool", resource)
        unless { context.approvals.containsAll(["approver#1", "approver#2"]) };`;
    expect(paths(text, request())).toEqual([["/context/approvals", ["approver#1", "approver#2"]]]);
  });

  it("finds an argument that is absent, one that is too large, and the value of another agent", () => {
    const text = `@id("small") permit(principal, action == Action::"call_tool", resource)
      when { context has args && context.args has cents && context.args.cents <= 500 };`;
    expect(paths(text, request())).toEqual([
      ["/context/args/cents", -1],
      ["/context/args/cents", 0],
      ["/context/args/cents", 1],
      ["/context/args/cents", 499],
      ["/context/args/cents", 500],
    ]);
    const tiered = `@id("t1") permit(principal is Agent, action, resource) when { principal.tier == "T1" };`;
    expect(paths(tiered, request())).toEqual([["/principal/tier", "T1"]]);
  });

  it("says where it cannot know, and finds one value nevertheless", () => {
    const text = `@id("home") permit(principal, action == Action::"call_tool", resource)
      when { context has args && context.args has to && context.args.to like "*@desk.example" };`;
    const { attributes, bound } = explainDenial(compile(text), request({ args: { to: "a@evil.example" } }));
    expect(attributes).toEqual([
      { path: "/context/args/to", before: "a@evil.example", after: "@desk.example" },
    ]);
    expect(bound.notDecided).toEqual(["/context/args/to"]);
  });

  it("finds nothing when two things stand in the way", () => {
    const text = `@id("all") permit(principal, action, resource);
      @id("a") forbid(principal, action, resource) when { context.env == "dev" };
      @id("b") forbid(principal, action, resource) when { context.depth == 1 };`;
    const explained = explainDenial(compile(text), request());
    expect([explained.attributes, explained.withoutPolicy]).toEqual([[], []]);
    expect(explained.bound.notDecided).toEqual([]);
  });

  it("has nothing to explain of what is allowed", () => {
    const { decision, bound } = explainDenial(
      compile('@id("all") permit(principal, action, resource);'),
      request(),
    );
    expect([decision.verdict, bound.tried]).toEqual(["allow", 0]);
  });
});
