import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createNodeEngine } from "./engine.node.ts";
import {
  type CompiledPolicies,
  compilePolicies,
  type DecisionRequest,
  type PolicyBundle,
  type PolicyDecision,
  type PolicyProblem,
  type RegisteredTool,
  type Slice,
  schemaFromRegistry,
} from "./index.ts";

interface DecisionVectors {
  readonly registry: { readonly tools: readonly RegisteredTool[] };
  readonly omitted: readonly string[];
  readonly bundle: PolicyBundle;
  readonly digest: string;
  readonly ids: readonly string[];
  readonly cases: readonly {
    readonly name: string;
    readonly request: DecisionRequest;
    readonly expected: PolicyDecision;
    readonly slice?: Slice;
    readonly projection?: string;
  }[];
}

interface RejectedVectors {
  readonly cases: readonly {
    readonly name: string;
    readonly bundle: Partial<PolicyBundle>;
    readonly problems: readonly PolicyProblem[];
  }[];
}

function readVectors(name: string): string {
  return readFileSync(new URL(`../../../test/vectors/policy/${name}`, import.meta.url), "utf8");
}

const vectors: DecisionVectors = JSON.parse(readVectors("decisions.json"));
const rejected: RejectedVectors = JSON.parse(readVectors("rejected.json"));
const engine = createNodeEngine();

function compile(): CompiledPolicies {
  const outcome = compilePolicies(engine, vectors.bundle);
  if (outcome.kind === "rejected") throw new Error(JSON.stringify(outcome.problems));
  expect(outcome.warnings).toEqual([]);
  return outcome.policies;
}

describe("the decision vectors", () => {
  const compiled = compile();

  it("have the schema that their registry gives", () => {
    expect(schemaFromRegistry(vectors.registry)).toEqual({
      schema: vectors.bundle.schema,
      omitted: vectors.omitted,
    });
  });

  it("have the digest and ids of their bundle", () => {
    expect({ digest: compiled.digest, ids: compiled.ids() }).toEqual({
      digest: vectors.digest,
      ids: vectors.ids,
    });
  });

  it.each(vectors.cases)("$name", ({ request, expected, slice, projection }) => {
    expect(compiled.decide(request)).toEqual(expected);
    expect(compiled.decide(request)).toEqual(expected);
    expect(compiled.decideUnsliced(request)).toEqual(expected);
    if (slice === undefined) {
      expect(() => compiled.sliceFor(request)).toThrow(
        expect.objectContaining({ code: "policy_context_invalid" }),
      );
      expect(() => compiled.project(request)).toThrow(
        expect.objectContaining({ code: "policy_context_invalid" }),
      );
    } else {
      expect(compiled.sliceFor(request)).toEqual(slice);
      expect(compiled.project(request)).toBe(projection);
    }
  });
});

describe("a bundle that must not compile", () => {
  it.each(rejected.cases)("$name", ({ bundle, problems }) => {
    const { files = [], schema = vectors.bundle.schema } = bundle;
    expect(compilePolicies(engine, { files, schema })).toEqual({
      kind: "rejected",
      stage: expect.any(String),
      problems,
    });
    expect(engine.failed).toBe(false);
  });
});
