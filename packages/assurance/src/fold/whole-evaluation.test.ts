import { type Evaluation, parseEvaluation, type Waiver } from "@narrowgate/contracts";
import { canonicalJson, sha256 } from "@narrowgate/kernel";
import { describe, expect, test } from "vitest";
import { catalogue } from "../catalogue/catalogue.ts";
import { controls } from "../controls/all.ts";
import { cast } from "../self-test/cast.ts";
import { type FixtureOptions, fixture, foldFixture } from "../self-test/fixture.ts";
import { inWorld, withBody } from "../self-test/fixture-edits.ts";
import { drillsOf } from "../self-test/normal-world.ts";
import { blockingControls, evaluate, isInForce } from "./evaluate.ts";

const told = fixture();
const { at } = told.world;
const day = 86_400_000;

const waiver: Waiver = {
  format: "narrowgate-waiver/1",
  id: cast.proposal,
  control: "CRD-04",
  agent: "triage",
  owner: "owner",
  reason: "the upstream cannot rotate yet",
  compensating: "CRD-05",
  from: at,
  until: at + 30 * day,
};

function evaluated(options: FixtureOptions = {}, by = controls): Evaluation {
  const { entries, world } = fixture(options);
  return evaluate(foldFixture(by, { entries, world }), catalogue, world, sha256);
}

function gateOf({ results }: Evaluation) {
  return results.find(({ control }) => control === "REL-03");
}

/** Every control as it is, but the one, which breaks when it is asked. */
function broken(id: string): typeof controls {
  const verdict = (): never => expect.unreachable("broken on purpose");
  return controls.map((one) => (one.id === id ? { ...one, verdict } : one));
}

describe("a waiver", () => {
  const results = [{ control: "CRD-05", verdict: "pass" }] as const;

  test("counts from its first millisecond on, and may be thirty days long", () => {
    expect(isInForce(waiver, at, "triage", results)).toBe(true);
    expect(isInForce(waiver, at - 1, "triage", results)).toBe(false);
    expect(isInForce({ ...waiver, until: waiver.until + 1 }, at, "triage", results)).toBe(false);
  });

  test("is not compensated by what it waives, whatever that says", () => {
    const own = { ...waiver, compensating: "CRD-04" };
    expect(isInForce(own, at, "triage", [{ control: "CRD-04", verdict: "pass" }])).toBe(false);
  });

  test("of another agent is not told with the evaluation", () => {
    const waivers = [waiver, { ...waiver, agent: "fetcher" }];
    expect(evaluated(inWorld((world) => ({ ...world, waivers }))).waivers).toEqual([waiver]);
  });
});

test("what does not apply keeps no release back", () => {
  const results = [{ control: "APR-01", verdict: "not_applicable" }] as const;
  expect(blockingControls(catalogue, results, told.world)).toEqual([]);
});

test("an evaluation is of the log that was folded, and of no other", () => {
  const world = { ...told.world, log: { ...told.world.log, origin: "other.example/log/main" } };
  expect(() => evaluate(foldFixture(controls, told), catalogue, world, sha256)).toThrow(/internal_error/);
});

test("results come in the order of their controls, REL-03 among them where it is asked", () => {
  const ids = evaluated().results.map(({ control }) => control);
  expect(ids).toEqual([...ids].sort());
  const few = controls.filter(({ id }) => id === "DEL-01" || id === "CRD-01");
  expect(evaluated({}, [...few].reverse()).results.map(({ control }) => control)).toEqual([
    "CRD-01",
    "DEL-01",
  ]);
});

describe("REL-03", () => {
  const looked = told.world.profile.controls.length - 1;

  test("looks at the other controls of the profile", () => {
    expect(gateOf(evaluated())).toMatchObject({
      verdict: "pass",
      population: { count: looked },
      decided: looked,
    });
  });

  test("fails with a control that keeps the release back, and names it", () => {
    const gate = gateOf(evaluated(withBody("decide read", { use: undefined })));
    expect(gate).toMatchObject({
      verdict: "fail",
      violations: [{ says: "CRD-03 keeps the release back" }],
      violations_in_all: 1,
      decided: looked,
    });
    expect(gate).not.toHaveProperty("unmet");
  });

  test("fails with a control that broke", () => {
    expect(gateOf(evaluated({}, broken("DEL-04")))).toMatchObject({
      verdict: "fail",
      violations: [{ says: "DEL-04 keeps the release back" }],
    });
  });

  test("is open with a control that is, and does not count it as decided", () => {
    const { replay: _, ...world } = told.world;
    expect(gateOf(evaluated(inWorld(() => world)))).toMatchObject({
      verdict: "not_established",
      unmet: "open: EVD-01",
      population: { count: looked },
      decided: looked - 1,
    });
  });

  test("is open where the profile names no control", () => {
    const nothing = inWorld((world) => ({ ...world, profile: { ...world.profile, controls: [] } }));
    expect(gateOf(evaluated(nothing))).toMatchObject({
      verdict: "not_established",
      unmet: "the profile names no control",
      population: { count: 0 },
    });
  });

  test("is no pass when it breaks itself, and keeps the release back", () => {
    const evaluation = evaluated({}, broken("REL-03"));
    expect(gateOf(evaluation)).toMatchObject({ verdict: "error", unmet: "the check itself broke" });
    expect(evaluation).toMatchObject({ verdict: "not_ready", blocking: ["REL-03"] });
  });
});

test("an evaluation under a profile that demands a hundred drills is read back as it was written", () => {
  const drills = Array.from({ length: 100 }, (_, n) => ({
    drill: `DR-${String(n).padStart(2, "0")}`,
    load: "L0" as const,
    trials: 1,
  }));
  const evaluation = evaluated(
    inWorld((world) => {
      const profile = { ...world.profile, name: "ours", drills };
      return { ...world, profile, drills: drillsOf(profile, world.at) };
    }),
  );
  expect(evaluation.results.find(({ control }) => control === "REL-02")?.drills).toHaveLength(100);
  const written = canonicalJson(evaluation);
  expect(canonicalJson(parseEvaluation(JSON.parse(written)))).toBe(written);
});
