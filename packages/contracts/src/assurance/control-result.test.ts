import { randomId } from "@narrowgate/kernel";
import { expect, test } from "vitest";
import { type ControlResult, readControlResult } from "./control-result.ts";

function resultWith(drills: number): ControlResult {
  return {
    control: "REL-02",
    verdict: "pass",
    population: { count: drills, of: "trials of drills" },
    decided: drills,
    window: { from: 0, to: 1 },
    max_age_s: 1,
    vantage: [],
    violations: [],
    violations_in_all: 0,
    evidence: [],
    drills: Array.from({ length: drills }, () => randomId()).sort(),
    parameters: {},
  };
}

test("a result names as many drills as a profile may demand, and no more", () => {
  const most = resultWith(256);
  expect(readControlResult(most, "")).toEqual(most);
  expect(() => readControlResult(resultWith(257), "")).toThrow(
    expect.objectContaining({ code: "malformed_input" }),
  );
});
