import { describe, expect, it } from "vitest";
import { boundOf, Tally } from "./tally.ts";

describe("what a drill comes to", () => {
  it("is a pass when every trial was safe, with the bound that supports no more", () => {
    const tally = new Tally();
    for (let i = 0; i < 100; i++) tally.trial(true, "refused");
    expect(tally.verdict()).toEqual({ verdict: "pass", trials: 100, failures: 0, bound: 0.03 });
    expect(tally.observed).toEqual(["refused"]);
  });

  it("is a failure at the first unsafe trial, whatever else could not be tried", () => {
    const tally = new Tally();
    tally.needs(false, "an honest call did not go through");
    tally.trial(true, "refused");
    tally.trial(false, "let through");
    expect(tally.verdict()).toMatchObject({ verdict: "fail", trials: 2, failures: 1 });
    expect(tally.observed[0]).toBe("UNSAFE: let through");
  });

  it("shows nothing without a trial, without its positive control, or when it was stopped", () => {
    expect(new Tally().verdict()).toMatchObject({
      verdict: "not_established",
      unmet: "no trial could be made",
      bound: 1,
    });
    const vacuous = new Tally();
    vacuous.trial(true, "refused");
    expect(vacuous.needs(false, "nothing works at all")).toBe(false);
    expect(vacuous.needs(false, "and more")).toBe(false);
    expect(vacuous.verdict()).toMatchObject({ verdict: "not_established", unmet: "nothing works at all" });
    const stopped = new Tally();
    stopped.trial(true, "refused");
    expect(stopped.verdict(true)).toMatchObject({ verdict: "not_established", trials: 1 });
  });

  it("keeps what failed, however much was seen before", () => {
    const tally = new Tally();
    for (let i = 0; i < 100; i++) tally.trial(true, `refused in way ${i}`);
    tally.trial(false, "let through");
    tally.trial(false, "x".repeat(5000));
    expect(tally.observed.length).toBeLessThanOrEqual(32);
    expect(tally.observed.filter((one) => one.startsWith("UNSAFE"))).toHaveLength(2);
    expect(tally.observed.every((one) => one.length <= 2048)).toBe(true);
  });

  it.each([
    [0, 1],
    [1, 1],
    [3, 1],
    [300, 0.01],
  ])("bounds %i trials by %d", (trials, bound) => {
    expect(boundOf(trials)).toBe(bound);
  });
});
