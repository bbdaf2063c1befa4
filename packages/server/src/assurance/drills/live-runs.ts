import type { DrillRun, DrillRunAnswer, DrillRunReport } from "@narrowgate/contracts";
import { type Clock, NarrowgateError } from "@narrowgate/kernel";
import { begunRun, type FollowedRun, followRun } from "./follow-run.ts";

/** How long nothing may be heard of a run before another one may take its place, in milliseconds. */
const SILENT_MS = 15_000;

/** The drills that run beside this instance, as their operator tells. In memory, one run at a time, and never evidence. */
export interface LiveRuns {
  /**
   * @param by - name of the operator who signed it
   * @throws `drill_running` while another run goes on
   */
  report(report: DrillRunReport, by: string): DrillRunAnswer;
  /** The run that goes on, or the last one; undefined where none was told of since the start. */
  now(): DrillRun | undefined;
  /**
   * Has a run end: whoever runs it is told with the next answer. What had not ended is not established.
   * @param by - name of who asks. @throws `not_found` when that run does not go on
   */
  stop(run: string, by: string): DrillRun;
}

function stateOf({ isOver, heardMs, stoppedBy }: FollowedRun, nowMs: number): DrillRun["state"] {
  if (isOver) return "over";
  if (nowMs - heardMs > SILENT_MS) return "silent";
  return stoppedBy === undefined ? "running" : "stopping";
}

function shown(run: FollowedRun, nowMs: number): DrillRun {
  const { isOver: _, callsOf, ...rest } = run;
  const calls = callsOf.reduce((sum, some) => sum + some, 0);
  return { ...rest, state: stateOf(run, nowMs), calls };
}

/** Begins with nothing told. */
export function createLiveRuns(clock: Clock): LiveRuns {
  let current: FollowedRun | undefined;
  const goesOn = (run: FollowedRun | undefined): run is FollowedRun => {
    const state = run === undefined ? "over" : stateOf(run, clock.nowMs());
    return state === "running" || state === "stopping";
  };
  return {
    report(report, by) {
      const nowMs = clock.nowMs();
      const isAnother = current?.run !== report.run;
      if (isAnother && goesOn(current))
        throw new NarrowgateError("drill_running", `drills run already, started by ${current.by}`);
      const begun = isAnother || current === undefined ? begunRun(report, by, nowMs) : current;
      current = followRun(begun, report, nowMs);
      const { stoppedBy } = current;
      return stoppedBy === undefined ? { stop: false } : { stop: true, by: stoppedBy };
    },
    now: () => (current === undefined ? undefined : shown(current, clock.nowMs())),
    stop(run, by) {
      if (current?.run !== run || !goesOn(current))
        throw new NarrowgateError("not_found", "those drills do not run any more");
      current = { ...current, stoppedBy: current.stoppedBy ?? by };
      return shown(current, clock.nowMs());
    },
  };
}
