import { manualClock } from "@narrowgate/kernel";
import { describe, expect, it } from "vitest";
import { createRefusalBudget } from "./refusal-budget.ts";

describe("the budget of refusals", () => {
  it("lets each key put as many on record in a minute as it may, and not one more", () => {
    const budget = createRefusalBudget(manualClock(0), 2);
    expect(["a", "a", "b", "a", "b", "b"].map((jkt) => budget.take(jkt))).toEqual([
      ...[true, true, true, false, true, false],
    ]);
  });

  it("begins anew with the minute, and not before", () => {
    const clock = manualClock(60_000);
    const budget = createRefusalBudget(clock, 1);
    expect(budget.take("a")).toBe(true);
    clock.set(119_999);
    expect(budget.take("a")).toBe(false);
    clock.set(120_000);
    expect([budget.take("a"), budget.take("a")]).toEqual([true, false]);
  });
});
