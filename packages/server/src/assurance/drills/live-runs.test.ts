import type { DrillRunEvent, DrillRunReport } from "@narrowgate/contracts";
import { parseDrillRunReport, readDrillsNow } from "@narrowgate/contracts";
import { manualClock } from "@narrowgate/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createLiveRuns } from "./live-runs.ts";
import { MAX_POINTS, withPoint } from "./load-points.ts";

const first = "A".repeat(22);
const second = `${"A".repeat(21)}Q`;
const plan = {
  event: "plan",
  drills: [
    { drill: "DR-02", load: "L1" },
    { drill: "DR-05", load: "L1" },
  ],
} as const;
const began: DrillRunEvent = { event: "began", drill: "DR-02", name: "Stolen token", load: "L1" };
const progress = (trials: number, calls: number): DrillRunEvent => ({
  event: "progress",
  drill: "DR-02",
  elapsed_ms: 1000,
  trials,
  failures: 0,
  calls,
  calls_per_s: 4.5,
  p50_ms: 3,
  p99_ms: 9,
});
const ended: DrillRunEvent = { event: "ended", drill: "DR-02", verdict: "pass", trials: 120, failures: 0 };

function report(events: readonly DrillRunEvent[] = [], more: Partial<DrillRunReport> = {}): DrillRunReport {
  return parseDrillRunReport({ run: first, plan, events, over: false, ...more });
}

function live() {
  const clock = manualClock(1_795_000_000_000);
  return { clock, runs: createLiveRuns(clock) };
}

const states = ({ runs }: ReturnType<typeof live>) => runs.now()?.drills.map(({ state }) => state);
const codeOf = (work: () => unknown): string => {
  try {
    work();
    return "done";
  } catch (error) {
    return String(Reflect.get(Object(error), "code"));
  }
};

describe("drills that run", () => {
  test("are known from the first report to the last, with who runs them and what went through beside them", () => {
    const world = live();
    expect(world.runs.now()).toBeUndefined();
    world.runs.report(report(), "Ada");
    expect(states(world)).toEqual(["planned", "planned"]);
    world.clock.advance(1000);
    world.runs.report(report([began, progress(7, 5)]), "Ada");
    expect(world.runs.now()).toMatchObject({
      by: "Ada",
      state: "running",
      calls: 5,
      drills: [{ drill: "DR-02", name: "Stolen token", state: "running", trials: 7, elapsedMs: 1000 }, {}],
      points: [{ atMs: 1_795_000_001_000, callsPerS: 4.5, p50Ms: 3, p99Ms: 9 }],
    });
    world.runs.report(report([progress(9, 8), ended]), "Ada");
    expect(world.runs.now()).toMatchObject({ calls: 8, drills: [{ state: "pass", trials: 120 }, {}] });
    world.runs.report(report([], { over: true }), "Ada");
    expect([world.runs.now()?.state, states(world)]).toEqual(["over", ["pass", "not_run"]]);
  });

  test("that are run at two loads are told apart", () => {
    const world = live();
    const drills = ["L1", "L2"].map((load) => ({ drill: "DR-02", load }));
    const told = { run: first, plan: { event: "plan", drills }, over: false };
    const events = [began, progress(1, 5), ended, began, progress(2, 7)];
    world.runs.report(parseDrillRunReport({ ...told, events }), "Ada");
    expect(world.runs.now()).toMatchObject({
      calls: 12,
      drills: [
        { load: "L1", state: "pass", trials: 120 },
        { load: "L2", state: "running", trials: 2 },
      ],
    });
  });

  test("that could not go on show nothing, and say why", () => {
    const world = live();
    world.runs.report(report([began, { event: "failed", message: "DR-02: the disk is full" }]), "Ada");
    expect(states(world)).toEqual(["not_established", "planned"]);
    expect(world.runs.now()?.trouble).toBe("DR-02: the disk is full");
  });

  test("are told of to the console in a shape that it reads", () => {
    const world = live();
    world.runs.report(report([began, progress(1, 1), ended]), "Ada");
    const told = { total: 1, mayStop: true, run: world.runs.now() };
    expect(readDrillsNow(JSON.parse(JSON.stringify(told)), "")).toEqual(told);
  });
});

describe("one run at a time:", () => {
  test("another is refused while the first goes on, and not once it is over", () => {
    const { runs } = live();
    runs.report(report(), "Ada");
    expect(codeOf(() => runs.report(report([], { run: second }), "Bo"))).toBe("drill_running");
    runs.report(report([], { over: true }), "Ada");
    expect(runs.report(report([], { run: second }), "Bo")).toEqual({ stop: false });
    expect(runs.now()?.by).toBe("Bo");
  });

  test("nor once nothing was heard of it for a while", () => {
    const { runs, clock } = live();
    runs.report(report(), "Ada");
    clock.advance(15_001);
    expect(runs.now()?.state).toBe("silent");
    runs.report(report([], { run: second }), "Bo");
    expect(runs.now()).toMatchObject({ run: second, state: "running" });
  });
});

describe("the end that somebody asks for", () => {
  test("is told to whoever runs it with the next answer, and names who asked first", () => {
    const { runs } = live();
    runs.report(report(), "Ada");
    runs.stop(first, "Sam");
    runs.stop(first, "Eve");
    expect(runs.now()).toMatchObject({ state: "stopping", stoppedBy: "Sam" });
    expect(runs.report(report([began]), "Ada")).toEqual({ stop: true, by: "Sam" });
    runs.report(report([], { over: true }), "Ada");
    expect(runs.now()).toMatchObject({ state: "over", stoppedBy: "Sam" });
  });

  test("is refused for a run that is none, another one, over or silent", () => {
    const { runs, clock } = live();
    expect(codeOf(() => runs.stop(first, "Sam"))).toBe("not_found");
    runs.report(report(), "Ada");
    expect(codeOf(() => runs.stop(second, "Sam"))).toBe("not_found");
    clock.advance(15_001);
    expect(codeOf(() => runs.stop(first, "Sam"))).toBe("not_found");
    runs.report(report([], { over: true }), "Ada");
    expect(codeOf(() => runs.stop(first, "Sam"))).toBe("not_found");
  });

  test("does not outlast its run", () => {
    const { runs } = live();
    runs.report(report(), "Ada");
    runs.stop(first, "Sam");
    runs.report(report([], { over: true }), "Ada");
    expect(runs.report(report([], { run: second }), "Bo")).toEqual({ stop: false });
  });
});

test.each([
  ["no plan", { plan: began }],
  ["an event that is none", { events: [{ event: "reboot" }] }],
  ["a whole result", { events: [{ event: "result", result: {} }] }],
  ["too many events", { events: Array.from({ length: 257 }, () => began) }],
  ["an id that is none", { run: "x" }],
  ["something more", { extra: 1 }],
])("a report with %s is refused", (_, more) => {
  const given = { run: first, plan, events: [], over: false, ...more };
  expect(codeOf(() => parseDrillRunReport(given))).toBe("malformed_input");
});

test("points never grow beyond what is kept, stay in order, and lose no peak", () => {
  const count = fc.integer({ min: 1, max: 900 });
  fc.assert(
    fc.property(count, fc.nat(899), (many, peakAt) => {
      const all = Array.from({ length: many }, (_, i) => ({
        atMs: i,
        callsPerS: 5,
        p99Ms: i === peakAt % many ? 900 : 20,
      }));
      const kept = all.reduce<ReturnType<typeof withPoint>>((so, one) => withPoint(so, one), []);
      expect(kept.length).toBeLessThanOrEqual(MAX_POINTS);
      expect(kept.at(-1)?.atMs).toBe(many - 1);
      expect(kept.every(({ atMs }, i) => i === 0 || atMs > (kept[i - 1]?.atMs ?? 0))).toBe(true);
      expect(Math.max(...kept.map(({ p99Ms = 0 }) => p99Ms))).toBe(900);
      expect(kept.every(({ callsPerS }) => callsPerS === 5)).toBe(true);
    }),
    { numRuns: 50 },
  );
});
