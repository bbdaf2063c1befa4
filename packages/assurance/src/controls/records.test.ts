import type { JsonObject } from "@narrowgate/kernel";
import { describe, expect, test } from "vitest";
import type { HeadFacts } from "../fold/world.ts";
import { cast } from "../self-test/cast.ts";
import { type FixtureOptions, fixture, judgeFixture } from "../self-test/fixture.ts";
import { atStep, inWorld } from "../self-test/fixture-edits.ts";
import { type ToldCall, tellCall } from "../self-test/normal-life.ts";
import { digestFor, idFor, type Story, type StoryEdit } from "../self-test/story.ts";
import { controls } from "./all.ts";

const day = 86_400_000;

function judged(id: string, options: FixtureOptions) {
  return judgeFixture(controls, fixture(options)).get(id);
}

function of(ref: string) {
  return inWorld((world) => ({ ...world, agent: { ...world.agent, ref } }));
}

describe("EVD-02", () => {
  const heads = (change: Partial<HeadFacts>): FixtureOptions =>
    inWorld(({ heads: known, ...world }) =>
      known === undefined ? world : { ...world, heads: { ...known, ...change } },
    );

  test("is open where heads are of one history, and no leaf was shown to be under them", () => {
    expect(judged("EVD-02", heads({ included: 0 }))).toMatchObject({
      verdict: "not_established",
      population: { count: 3 },
      unmet: "no leaf was shown to be under the head",
      parameters: { heads_compared: 3, leaves_drawn: 0, miss_bound: 1 },
    });
  });

  test("says how many leaves were drawn, and what that supports", () => {
    expect(judged("EVD-02", heads({ included: 1 }))?.verdict).toBe("pass");
    expect(judged("EVD-02", heads({ included: 60 }))).toMatchObject({
      verdict: "pass",
      parameters: { leaves_drawn: 60, miss_bound: 0.05 },
    });
  });

  test("holds a leaf that is not under the head against the log, though it is the only one", () => {
    const missing = ["leaf 7 is not under the head of 9"];
    expect(judged("EVD-02", heads({ included: 0, missing }))?.verdict).toBe("fail");
  });
});

describe("EVD-03", () => {
  /** A call of which no outcome stands in the log, nor these steps of it. */
  const open = (change: Partial<ToldCall> = {}, ...others: readonly string[]): FixtureOptions => ({
    edit: (step, draft) => (["outcome open", ...others].includes(step) ? undefined : draft),
    more: (story) =>
      tellCall(story, { name: "open", token: "root", tool: "write_text", after: 5000, ...change }),
  });
  const helped = { token: "child", tool: "read_text", agent: cast.helper };
  const permitted =
    fixture(open()).entries.find(({ leaf }) => leaf.id === idFor("decide open"))?.leaf.at ?? 0;

  function without(options: FixtureOptions, ref: string, after: number) {
    const { entries, world } = fixture({ ...options, ...of(ref) });
    const later = { ...world, at: permitted + after };
    return judgeFixture(controls, { entries, world: later }).get("EVD-03")?.parameters["without_outcome"];
  }

  test("lists the agent's calls that have had no outcome for ten minutes", () => {
    expect(without(open(), cast.agent, 600_000)).toBe(0);
    expect(without(open(), cast.agent, 600_001)).toBe(1);
  });

  test("lists no other agent's, and no permit of which nothing was dispatched", () => {
    expect(without(open(helped), cast.agent, 600_001)).toBe(0);
    expect(without(open(helped), cast.helper, 600_001)).toBe(1);
    const undispatched = open({}, "dispatch open");
    expect(without(undispatched, cast.agent, 600_001)).toBe(0);
  });

  test("lists the agent's calls of which nobody knows the end", () => {
    const unknown: FixtureOptions = {
      ...open(),
      edit: atStep("outcome open", ({ content: _, ...draft }) => ({
        ...draft,
        type: "unknown",
        body: { decision: idFor("decide open"), boot: idFor("boot") },
      })),
    };
    expect(judged("EVD-03", unknown)?.parameters).toMatchObject({ outcome_unknown: 1, without_outcome: 0 });
    expect(judged("EVD-03", { ...unknown, ...of(cast.helper) })?.parameters).toMatchObject({
      outcome_unknown: 0,
    });
  });
});

test("EVD-05 does not look for what was never sealed", () => {
  const bare = { edit: atStep("decide read", ({ content: _, ...draft }) => draft) };
  expect(judged("EVD-05", bare)).toMatchObject({ verdict: "pass", population: { count: 3 }, decided: 3 });
});

describe("POL-03", () => {
  const next = (proof: JsonObject | undefined) => (story: Story) =>
    story.tell("next", {
      type: "policy",
      body: {
        digest: digestFor("next"),
        previous: cast.policy,
        procedure: cast.procedure,
        operator: cast.operator,
      },
      ...(proof === undefined ? {} : { proof }),
    });
  const signed = { request: "signed" };

  /** A log that goes on where a lost one ended: it states the policy anew. */
  const recovered: StoryEdit = (step, draft) => {
    if (step === "genesis")
      return { ...draft, body: { ...draft.body, previous: { origin: digestFor("lost") } } };
    if (step !== "policy") return draft;
    const { proof: _, ...unsigned } = draft;
    return unsigned;
  };

  test("wants no signature under what a recovered log states anew, and one under the next", () => {
    expect(judged("POL-03", { edit: recovered })).toMatchObject({ verdict: "pass", decided: 5 });
    expect(judged("POL-03", { edit: recovered, more: next(signed) })?.verdict).toBe("pass");
    expect(judged("POL-03", { edit: recovered, more: next(undefined) })).toMatchObject({
      verdict: "fail",
      violations: [{ entry: idFor("next"), says: "a policy came into force that no operator signed" }],
    });
  });

  test("counts each policy that came into force, and rests on its leaf", () => {
    expect(judged("POL-03", { more: next(signed) })).toMatchObject({
      verdict: "pass",
      population: { count: 6 },
      decided: 6,
      evidence: [{ entry: idFor("policy") }, { entry: idFor("next") }],
    });
  });

  test("judges a window without a change by the policy that is in force", () => {
    const later = inWorld((world) => ({
      ...world,
      window: { from: world.at + 2 * day, to: world.at + 3 * day },
    }));
    expect(judged("POL-03", later)).toMatchObject({
      verdict: "pass",
      population: { count: 5 },
      decided: 5,
      evidence: [{ entry: idFor("policy") }],
    });
  });
});
