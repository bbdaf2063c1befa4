import { readFileSync } from "node:fs";
import { canonicalBytes, sha256, toSha256Text } from "@narrowgate/kernel";
import { describe, expect, it } from "vitest";
import { createNodeEngine } from "./engine.node.ts";
import { compilePolicies, createEngine, DECISION_PROCEDURE_VERSION, type DecisionRequest } from "./index.ts";

function wasmOf(build: string): Uint8Array<ArrayBuffer> {
  const beside = import.meta.resolve(`@cedar-policy/cedar-wasm/${build}`);
  return new Uint8Array(readFileSync(new URL("cedar_wasm_bg.wasm", beside)));
}

const schema = `entity A; action go appliesTo { principal: [A], resource: [A], context: {} };`;
const request: DecisionRequest = {
  principal: { type: "A", id: "a" },
  action: { type: "Action", id: "go" },
  resource: { type: "A", id: "a" },
  context: {},
  entities: [{ uid: { type: "A", id: "a" }, attrs: {}, parents: [] }],
};

describe("the engine", () => {
  it("is the same bytes in Node and in a browser", () => {
    expect(wasmOf("nodejs")).toEqual(wasmOf("web"));
    const engine = createNodeEngine();
    expect(createEngine(wasmOf("web"))).toMatchObject({
      wasmDigest: engine.wasmDigest,
      procedureDigest: engine.procedureDigest,
      version: "4.13.0",
    });
  });

  it("names itself and our procedure in one digest", () => {
    const engine = createEngine(wasmOf("web"));
    const wasmDigest = toSha256Text(sha256(wasmOf("web")));
    const named = canonicalBytes({ engine: wasmDigest, procedure: DECISION_PROCEDURE_VERSION });
    expect(engine.wasmDigest).toBe(wasmDigest);
    expect(engine.procedureDigest).toBe(toSha256Text(sha256(named)));
  });

  it("answers by its own policies, whatever other engines of the thread were asked meanwhile", () => {
    const compiled = ["permit", "forbid"].map((effect) => {
      const text = `@id("only") ${effect} (principal, action, resource);`;
      const outcome = compilePolicies(createNodeEngine(), { files: [{ name: "p.cedar", text }], schema });
      if (outcome.kind === "rejected") throw new RangeError("it does not compile");
      return outcome.policies;
    });
    const verdicts = (who: string): readonly unknown[] =>
      compiled.map((policies) => {
        const uid = { type: "A", id: who };
        const entities = [{ uid, attrs: {}, parents: [] }];
        return policies.decide({ ...request, principal: uid, resource: uid, entities }).verdict;
      });
    expect(["a", "b"].map(verdicts)).toEqual([
      ["allow", "deny"],
      ["allow", "deny"],
    ]);
  });

  it("refuses other bytes than those that are loaded", () => {
    createNodeEngine();
    const others = wasmOf("web").slice(0, 1000);
    expect(() => createEngine(others)).toThrow(expect.objectContaining({ code: "policy_engine_failed" }));
  });

  // This one comes last: after it no engine of this thread answers.
  it("denies for ever once it has trapped, and decide does not throw", () => {
    const engine = createNodeEngine();
    const files = [{ name: "a.cedar", text: '@id("a") permit (principal, action, resource);' }];
    const outcome = compilePolicies(engine, { files, schema });
    if (outcome.kind === "rejected") throw new Error(JSON.stringify(outcome.problems));
    expect(outcome.policies.decide(request).verdict).toBe("allow");

    const endless = `permit (principal, action, resource) when { ${"(".repeat(3000)}true${")".repeat(3000)} };`;
    expect(() => engine.parsePolicy(endless)).toThrow(
      expect.objectContaining({ code: "policy_engine_failed" }),
    );

    expect(engine.failed).toBe(true);
    const denied = { verdict: "deny", code: "policy_engine_failed", policies: [], errors: [] };
    expect(outcome.policies.decide(request)).toMatchObject(denied);
    expect(outcome.policies.decideUnsliced(request)).toMatchObject(denied);
    expect(() => compilePolicies(engine, { files, schema })).toThrow(
      expect.objectContaining({ code: "policy_engine_failed" }),
    );
    // The instance is one for the thread, so an engine made later has failed with it.
    expect(() => createNodeEngine()).toThrow(expect.objectContaining({ code: "policy_engine_failed" }));
  });
});
