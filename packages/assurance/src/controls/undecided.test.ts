import type { SealedPart } from "@narrowgate/contracts";
import { describe, expect, test } from "vitest";
import { type Fixture, type FixtureOptions, fixture, judgeFixture } from "../self-test/fixture.ts";
import { inWorld, withBody } from "../self-test/fixture-edits.ts";
import { tellCall } from "../self-test/normal-life.ts";
import { idFor } from "../self-test/story.ts";
import { controls } from "./all.ts";

/** A log in which a sealed part of one leaf is not there any more. */
function without(step: string, part: SealedPart, options: FixtureOptions = {}): Fixture {
  const { entries, world } = fixture(options);
  const left = entries.map((one) => {
    if (one.leaf.id !== idFor(step)) return one;
    const { [part]: _, ...openings } = one.openings;
    return { ...one, openings };
  });
  return { entries: left, world };
}

const cases: readonly (readonly [string, string, SealedPart])[] = [
  ["APR-01", "decide send", "inputs"],
  ["APR-03", "decide send", "inputs"],
  ["POL-01", "decide read", "inputs"],
  ["TSC-01", "decide read", "inputs"],
  ["TSC-05", "decide read", "inputs"],
  ["CRD-02", "token root", "proof"],
  ["DEL-01", "token root", "content"],
  ["DEL-01", "token child", "content"],
  ["DEL-02", "token root", "proof"],
  ["DEL-02", "token child", "proof"],
  ["DEL-03", "agent", "content"],
  ["DEL-05", "mandate", "content"],
  ["IDN-02", "agent", "content"],
];

describe("what lacks the part that had to be opened is looked at, and not decided:", () => {
  test.each(cases)("%s without what was sealed of %s (%s)", (id, step, part) => {
    const normal = judgeFixture(controls, fixture()).get(id);
    const result = judgeFixture(controls, without(step, part)).get(id);
    expect(result).toMatchObject({
      verdict: "not_established",
      population: normal?.population,
      violations: [],
    });
    expect(result?.decided).toBeLessThan(normal?.decided ?? 0);
    expect(result?.unmet).toMatch(/^\d+ of \d+ cannot be decided from what is on record$/);
  });

  test("EVD-05 counts it, and needs half of them", () => {
    const { entries, world } = fixture();
    const upTo = (n: number): Fixture => {
      const erased = ["decide read", "decide write", "decide send", "refuse send"].slice(0, n).map(idFor);
      const left = entries.map((one) => (erased.includes(one.leaf.id) ? { ...one, openings: {} } : one));
      return { entries: left, world };
    };
    const verdicts = [2, 3].map((n) => judgeFixture(controls, upTo(n)).get("EVD-05"));
    expect(verdicts).toMatchObject([
      { verdict: "pass", population: { count: 4 }, decided: 2 },
      { verdict: "not_established", population: { count: 4 }, decided: 1 },
    ]);
  });

  test("what was never opened is no figure of a sample", () => {
    const opened = (id: string, step: string, part: SealedPart): unknown =>
      judgeFixture(controls, without(step, part)).get(id)?.parameters["opened"];
    expect(opened("TSC-01", "decide read", "inputs")).toBe(3);
    expect(opened("TSC-05", "decide read", "inputs")).toBe(3);
    expect(opened("CRD-02", "token root", "proof")).toBe(1);
    expect(opened("DEL-02", "token root", "proof")).toBe(1);
    expect(opened("DEL-05", "mandate", "content")).toBe(0);
    expect(opened("EVD-05", "decide read", "content")).toBe(4);
    expect(opened("POL-04", "decide read", "inputs")).toBe(3);
  });
});

describe("what was not handed in, or compared with, is left open:", () => {
  test.each<[string, RegExp, FixtureOptions]>([
    ["CRD-02", /keys that are trusted/, inWorld(({ gate: _, ...world }) => world)],
    ["CRD-04", /signing key/, { edit: (step, draft) => (step === "key" ? undefined : draft) }],
    ["CRD-04", /signing key/, withBody("key", { purpose: "log" })],
    ["CRD-04", /signing key/, withBody("key", { action: "retired" })],
    ["CTN-01", /does not say contained_ms$/, figures({ local_stop_ms: 1 })],
    ["CTN-01", /does not say local_stop_ms and contained_ms$/, figures({})],
    ["DEL-05", /cannot be decided/, mapped("an older mapping")],
    ["EVD-01", /no replay/, inWorld(({ replay: _, ...world }) => world)],
    ["EVD-01", /1 of 3 cannot be decided/, missingInReplay()],
    ["EVD-02", /no heads/, inWorld(({ heads: _, ...world }) => world)],
    ["EVD-02", /2 of 1 witnesses/, uncosigned()],
    ["EVD-02", /no consistency/, unchecked()],
    ["IDN-03", /four roles/, { edit: (step, draft) => (step === "signed pam" ? undefined : draft) }],
    ["POL-02", /settings of the gate/, inWorld(({ gate: _, ...world }) => world)],
    [
      "REL-02",
      /demands no drill/,
      inWorld((world) => ({ ...world, profile: { ...world.profile, drills: [] } })),
    ],
    ["REL-06", /not tried/, inWorld(({ selfTest: _, ...world }) => world)],
  ])("%s with %s", (id, unmet, options) => {
    const result = judgeFixture(controls, fixture(options)).get(id);
    expect(result).toMatchObject({ verdict: "not_established", violations: [] });
    expect(result?.unmet).toMatch(unmet);
  });
});

function figures(of: { readonly [name: string]: number }): FixtureOptions {
  return inWorld((world) => ({
    ...world,
    drills: world.drills.map((one) => ({ ...one, result: { ...one.result, figures: of } })),
  }));
}

/** A mandate that was compared with a mapping that is not in force. */
function mapped(name: string): FixtureOptions {
  return {
    edit: (step, draft) =>
      step === "mandate" ? { ...draft, content: { ...draft.content, entitlements: idFor(name) } } : draft,
  };
}

function missingInReplay(): FixtureOptions {
  return inWorld(({ replay, ...world }) =>
    replay === undefined ? world : { ...world, replay: { ...replay, missing: 1 } },
  );
}

function uncosigned(): FixtureOptions {
  return inWorld(({ heads, ...world }) => {
    if (heads === undefined) return world;
    const { cosignedAt: _, ...others } = heads;
    return { ...world, heads: others };
  });
}

function unchecked(): FixtureOptions {
  return inWorld(({ heads, ...world }) =>
    heads === undefined ? world : { ...world, heads: { ...heads, checked: 0 } },
  );
}

test("a call in a transaction in which nobody approved anything rests on no approval", () => {
  const told = fixture({
    edit: (step, draft) => (/^(?:requested|approved)$| send$/.test(step) ? undefined : draft),
    more: (story) => tellCall(story, { name: "again", token: "root", tool: "read_text" }),
  });
  expect(judgeFixture(controls, told).get("APR-03")).toMatchObject({
    verdict: "not_established",
    population: { count: 0 },
  });
});
