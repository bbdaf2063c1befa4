import { describe, expect, test } from "vitest";
import { cast } from "../self-test/cast.ts";
import { type FixtureOptions, fixture, judgeFixture } from "../self-test/fixture.ts";
import { inWorld } from "../self-test/fixture-edits.ts";
import { controls } from "./all.ts";

const ofHelper = inWorld((world) => ({ ...world, agent: { ...world.agent, ref: cast.helper } }));

function resultsOf(options: FixtureOptions = {}) {
  return judgeFixture(controls, fixture(options));
}

/** How many things are looked at of an agent, and of one it hands off to. All of them can be decided. */
const looked: readonly (readonly [string, number, number])[] = [
  ["APR-01", 1, 0],
  ["APR-02", 1, 0],
  ["APR-03", 1, 0],
  ["CRD-01", 2, 2],
  ["CRD-02", 1, 1],
  ["CRD-03", 5, 2],
  ["CRD-04", 2, 2],
  ["CTN-01", 1, 1],
  ["DEL-01", 1, 1],
  ["DEL-02", 2, 1],
  ["DEL-03", 1, 1],
  ["DEL-04", 4, 1],
  ["DEL-05", 1, 0],
  ["DEL-06", 6, 2],
  ["EVD-01", 3, 3],
  ["EVD-02", 11, 11],
  ["EVD-03", 6, 3],
  ["EVD-05", 4, 1],
  ["IDN-01", 6, 3],
  ["IDN-02", 5, 5],
  ["IDN-03", 2, 2],
  ["IDN-05", 1, 1],
  ["POL-01", 4, 1],
  ["POL-02", 3, 3],
  ["POL-03", 5, 1],
  ["POL-04", 3, 3],
  ["POL-05", 4, 1],
  ["POL-06", 3, 3],
  ["REL-01", 4, 0],
  ["REL-04", 2, 1],
  ["REL-05", 2, 2],
  ["TSC-01", 4, 1],
  ["TSC-02", 4, 1],
  ["TSC-05", 3, 1],
];

describe("in a normal life", () => {
  const [agent, helper] = [resultsOf(), resultsOf(ofHelper)];

  test.each(looked)("%s looks at %i things of the agent, and at %i of its helper", (id, its, helpers) => {
    expect(agent.get(id)).toMatchObject({ population: { count: its }, decided: its });
    expect(helper.get(id)).toMatchObject({ population: { count: helpers }, decided: helpers });
  });

  test.each([
    ["CRD-02", { opened: 2, miss_bound: 1 }],
    ["CRD-04", { signing_key_age_s: 21 }],
    ["CTN-01", { miss_bound: 3 }],
    ["DEL-01", { equal_in_all_but_presenter_and_time: 0 }],
    ["DEL-02", { opened: 2, miss_bound: 1 }],
    ["DEL-05", { opened: 1, miss_bound: 1 }],
    ["EVD-01", { sensitive: 2, sampled: 1, miss_bound: 1 }],
    ["EVD-02", { witnesses: 2, threshold: 1, head_age_s: 60 }],
    ["EVD-03", { without_outcome: 0, outcome_unknown: 0 }],
    ["EVD-05", { opened: 5, miss_bound: 0.6 }],
    ["POL-01", { opened: 4, miss_bound: 0.75 }],
    ["POL-04", { opened: 4, miss_bound: 0.75, unused: 0, granted_for_long_enough: false }],
    ["REL-03", { waivers: 0, oldest_waiver_s: 0 }],
    ["TSC-01", { opened: 4, miss_bound: 0.75 }],
    ["TSC-05", { opened: 4, miss_bound: 0.75, untrusted: 0 }],
  ])("%s says its figures", (id, parameters) => {
    expect(agent.get(id)?.parameters).toMatchObject(parameters);
  });

  test("REL-02 counts the trials of every drill, and names what recorded them", () => {
    const { drills } = fixture().world.profile;
    const trials = drills.reduce((sum, one) => sum + one.trials, 0);
    const result = agent.get("REL-02");
    expect(result).toMatchObject({
      population: { count: trials },
      decided: trials,
      parameters: { drills: drills.length, passed: drills.length, simulated: 0 },
    });
    expect(result?.drills).toHaveLength(drills.length);
  });
});
