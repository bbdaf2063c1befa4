import { parseLeaf } from "@narrowgate/contracts";
import { describe, expect, test } from "vitest";
import { emptyFixture, fixture, judgeFixture } from "../self-test/fixture.ts";
import { fixturesOf } from "../self-test/fixtures.ts";
import { controls } from "./all.ts";

describe.each(controls.map((control) => [control.id, control] as const))("%s", (id, control) => {
  const told = fixturesOf(id);

  test.runIf(control.absent === undefined)("passes where nothing is amiss", () => {
    const result = judgeFixture(control, told?.passes ?? fixture());
    expect(result).toMatchObject({ verdict: "pass", violations: [] });
    expect(result?.population.count).toBeGreaterThan(0);
  });

  test.runIf(control.absent === undefined)("fails on its counter-example, and says which", () => {
    const result = judgeFixture(control, told?.fails ?? fixture());
    expect(result?.verdict).toBe("fail");
    expect(result?.violations_in_all).toBeGreaterThan(0);
    expect(result?.violations[0]?.says).not.toBe("");
  });

  test("is not established on nothing, and says why", () => {
    const result = judgeFixture(control, emptyFixture());
    expect(result?.verdict).toBe("not_established");
    expect(result?.unmet).not.toBe("");
  });

  test("names who could have forged what it looks at", () => {
    expect(control.vantage.length).toBeGreaterThan(0);
  });
});

test("every leaf of the stories is a leaf", () => {
  for (const { leaf } of fixture().entries) expect(parseLeaf(structuredClone(leaf))).toEqual(leaf);
});
