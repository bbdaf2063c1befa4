import { type DrillRunReport, parseDrillRunReport } from "@narrowgate/contracts";
import { type JsonObject, type JsonValue, NarrowgateError } from "@narrowgate/kernel";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { RunReports } from "./run-reports.ts";

const plan = { event: "plan", drills: [{ drill: "DR-02", load: "L0" }] };
const began = { event: "began", drill: "DR-02", name: "Stolen", load: "L0" };
const progress = {
  event: "progress",
  drill: "DR-02",
  elapsed_ms: 5,
  trials: 2,
  failures: 0,
  calls: 1,
  calls_per_s: 1,
};

/** Reports to an instance that answers as it is told. */
function reporting(answers: (report: DrillRunReport) => JsonObject) {
  const sent: DrillRunReport[] = [];
  const heard: string[] = [];
  const admin = {
    async send(_: string, __: string, body?: JsonValue) {
      const report = parseDrillRunReport(JSON.parse(JSON.stringify(body)));
      sent.push(report);
      return answers(report);
    },
  };
  const reports = new RunReports(admin, {
    stop: (by) => void heard.push(`stop by ${by}`),
    lost: ({ code }) => void heard.push(`lost: ${code}`),
  });
  return { reports, sent, heard };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());
const seconds = (n: number) => vi.advanceTimersByTimeAsync(n * 1000);

describe("reports of a run", () => {
  test("begin with the plan, go on about once a second, and say when it is over", async () => {
    const { reports, sent } = reporting(() => ({ stop: false }));
    await seconds(2);
    expect(sent).toEqual([]);
    reports.take(plan);
    reports.take(began);
    reports.take({ event: "sandbox of a later version" });
    reports.take({ event: "progress", drill: "no drill" });
    reports.take(progress);
    await seconds(1);
    await seconds(1);
    await reports.end();
    await seconds(5);
    expect(sent.map(({ events, over }) => [events.map(({ event }) => event), over])).toEqual([
      [["began", "progress"], false],
      [[], false],
      [[], true],
    ]);
    expect(new Set(sent.map(({ run }) => run)).size).toBe(1);
  });

  test("hear that the run is to end, and who wants that", async () => {
    const { reports, heard } = reporting(() => ({ stop: true, by: "Ada" }));
    reports.take(plan);
    await seconds(1);
    expect(heard).toEqual(["stop by Ada"]);
    await reports.end();
    expect(heard).toEqual(["stop by Ada"]);
  });

  test("do not hold drills up when nobody takes them, and say so once", async () => {
    let isGone = true;
    const { reports, sent, heard } = reporting(() => {
      if (isGone) throw new NarrowgateError("fetch_failed", "nobody answers");
      return { stop: false };
    });
    reports.take(plan);
    reports.take(began);
    await seconds(3);
    expect(heard).toEqual(["lost: fetch_failed"]);
    isGone = false;
    await reports.end();
    expect(sent.at(-1)?.events.map(({ event }) => event)).toEqual(["began"]);
  });
});
