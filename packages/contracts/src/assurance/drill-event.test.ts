import { describe, expect, it } from "vitest";
import { parseDrillEvent } from "./drill-event.ts";

const progress = {
  event: "progress",
  drill: "DR-02",
  elapsed_ms: 2004,
  trials: 31,
  failures: 0,
  calls: 10,
  calls_per_s: 4.98,
  p50_ms: 7.5,
  p99_ms: 21,
};

describe("a line of the driver", () => {
  it("is read as it was said, with and without times of calls", () => {
    expect(parseDrillEvent(progress)).toEqual(progress);
    const { p50_ms: _, p99_ms: __, ...quiet } = { ...progress, calls: 0, calls_per_s: 0 };
    expect(parseDrillEvent(quiet)).toEqual(quiet);
  });

  it("is passed over when a later version says it, and refused when it is malformed", () => {
    expect(parseDrillEvent({ event: "weather", sun: true })).toBeUndefined();
    expect(parseDrillEvent({ event: "toString" })).toBeUndefined();
    expect(parseDrillEvent(undefined)).toBeUndefined();
    for (const change of [{ drill: "x" }, { trials: -1 }, { calls_per_s: -1 }, { more: 1 }])
      expect(() => parseDrillEvent({ ...progress, ...change })).toThrow();
  });

  it("names what is going to run, in which load, and whose release is carried", () => {
    const drills = [
      { drill: "DR-02", load: "L1" },
      { drill: "DR-14", load: "L0" },
    ];
    const plan = { event: "plan", drills, agent: "triage", release: "A".repeat(43) };
    expect(parseDrillEvent(plan)).toEqual(plan);
    expect(parseDrillEvent({ event: "plan", drills })).toEqual({ event: "plan", drills });
    expect(() => parseDrillEvent({ event: "plan", drills: [{ drill: "DR-02" }] })).toThrow();
  });
});
