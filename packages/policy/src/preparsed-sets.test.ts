import { describe, expect, it } from "vitest";
import { createNodeEngine } from "./engine.node.ts";
import { compilePolicies, type DecisionRequest } from "./index.ts";
import { MAX_PREPARSED_POLICIES, MAX_PREPARSED_SETS, PreparsedSets } from "./preparsed-sets.ts";

function textsOf(count: number): { texts: Record<string, string> } {
  return { texts: Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, "text"])) };
}

/** What stands under each name, as Cedar would keep it. */
function track(): { readonly sets: PreparsedSets; readonly kept: Map<string, number> } {
  const kept = new Map<string, number>();
  const sets = new PreparsedSets((slot, texts) => kept.set(slot, Object.keys(texts).length));
  return { sets, kept };
}

describe("preparsed sets", () => {
  it("use a fixed number of names, however many sets there are", () => {
    const { sets, kept } = track();
    for (let i = 0; i < 3 * MAX_PREPARSED_SETS; i++) sets.hold(textsOf(1));
    expect(kept.size).toBe(MAX_PREPARSED_SETS);
  });

  it("parse a set once while it is held", () => {
    let parsed = 0;
    const sets = new PreparsedSets(() => {
      parsed += 1;
    });
    const set = textsOf(3);
    expect(sets.hold(set)).toBe(sets.hold(set));
    expect(parsed).toBe(1);
  });

  it("hold a bounded number of policies, and any one set", () => {
    const { sets, kept } = track();
    const total = (): number => [...kept.values()].reduce((sum, count) => sum + count, 0);
    for (let i = 0; i < 50; i++) {
      sets.hold(textsOf(1500));
      expect(total()).toBeLessThanOrEqual(MAX_PREPARSED_POLICIES);
    }
    sets.hold(textsOf(MAX_PREPARSED_POLICIES + 1));
    expect(total()).toBe(MAX_PREPARSED_POLICIES + 1);
  });

  it("do not take a name for a set that does not parse", () => {
    const kept = new Map<string, number>();
    const sets = new PreparsedSets((slot, { bad }) => {
      if (bad !== undefined) throw new TypeError("does not parse");
      kept.set(slot, 1);
    });
    for (let i = 0; i < 2 * MAX_PREPARSED_SETS; i++)
      expect(() => sets.hold({ texts: { bad: "" } })).toThrow(TypeError);
    for (let i = 0; i < MAX_PREPARSED_SETS; i++) sets.hold(textsOf(1));
    expect(kept.size).toBe(MAX_PREPARSED_SETS);
  });
});

describe("decisions over more slices than are held", () => {
  const engine = createNodeEngine();
  const schema = "entity A; action go appliesTo { principal: [A], resource: [A], context: { n: Long } };";
  const count = MAX_PREPARSED_SETS + 100;

  function compile(from: number): ReturnType<typeof compilePolicies> {
    const text = Array.from(
      { length: count },
      (_, i) =>
        `@id("p${i}") permit (principal == A::"${i}", action, resource) when { context.n == ${from + i} };`,
    ).join("\n");
    return compilePolicies(engine, { files: [{ name: "a.cedar", text }], schema });
  }

  function ask(i: number, n: number): DecisionRequest {
    const self = { type: "A", id: String(i) };
    const entities = [{ uid: self, attrs: {}, parents: [] }];
    return {
      principal: self,
      action: { type: "Action", id: "go" },
      resource: self,
      context: { n },
      entities,
    };
  }

  it("are right for each slice, again and again, also with two bundles on one engine", () => {
    const [one, other] = [compile(0), compile(1)];
    if (one.kind === "rejected" || other.kind === "rejected") throw new Error("rejected");
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < count; i++) {
        expect(one.policies.decide(ask(i, i + round)).verdict).toBe(round === 0 ? "allow" : "deny");
        expect(other.policies.decide(ask(i, i + round)).verdict).toBe(round === 1 ? "allow" : "deny");
      }
    }
  });
});
