import type {
  DrillEnded,
  DrillProgress,
  DrillRun,
  DrillRunEvent,
  DrillRunReport,
  DrillStanding,
} from "@narrowgate/contracts";
import { withPoint } from "./load-points.ts";

/** What is kept of a run. */
export type FollowedRun = Omit<DrillRun, "state" | "calls"> & {
  readonly isOver: boolean;
  /** Governed calls beside each drill, by its place. */
  readonly callsOf: readonly number[];
};

/** A run of which nothing was told yet. */
export function begunRun({ run, plan }: DrillRunReport, by: string, nowMs: number): FollowedRun {
  const { agent, drills } = plan;
  return {
    run,
    by,
    beganMs: nowMs,
    heardMs: nowMs,
    ...(agent === undefined ? {} : { agent }),
    drills: drills.map(({ drill, load }) => ({
      drill,
      load,
      state: "planned",
      trials: 0,
      failures: 0,
      elapsedMs: 0,
    })),
    points: [],
    isOver: false,
    callsOf: drills.map(() => 0),
  };
}

/** Place of a drill that has not ended: one that is to be run at two loads stands in the plan twice. */
function placeOf({ drills }: FollowedRun, drill: string): number {
  return drills.findIndex(
    (one) => one.drill === drill && (one.state === "planned" || one.state === "running"),
  );
}

function changed(run: FollowedRun, drill: string, more: Partial<DrillStanding>): FollowedRun {
  const place = placeOf(run, drill);
  return { ...run, drills: run.drills.map((one, i) => (i === place ? { ...one, ...more } : one)) };
}

function progressed(run: FollowedRun, said: DrillProgress, nowMs: number): FollowedRun {
  const { drill, trials, failures, elapsed_ms: elapsedMs, calls, calls_per_s: callsPerS } = said;
  const { p50_ms: p50Ms, p99_ms: p99Ms } = said;
  const place = placeOf(run, drill);
  const point = {
    atMs: nowMs,
    callsPerS,
    ...(p50Ms === undefined ? {} : { p50Ms }),
    ...(p99Ms === undefined ? {} : { p99Ms }),
  };
  return {
    ...changed(run, drill, { trials, failures, elapsedMs }),
    points: withPoint(run.points, point),
    callsOf: run.callsOf.map((before, i) => (i === place ? calls : before)),
  };
}

function ended(run: FollowedRun, { drill, verdict, trials, failures }: DrillEnded): FollowedRun {
  return changed(run, drill, { state: verdict, trials, failures });
}

/** What could not go on shows nothing. */
function troubled(run: FollowedRun, trouble: string): FollowedRun {
  const drills = run.drills.map((one) =>
    one.state === "running" ? ({ ...one, state: "not_established" } as const) : one,
  );
  return { ...run, drills, trouble };
}

function told(run: FollowedRun, said: DrillRunEvent, nowMs: number): FollowedRun {
  switch (said.event) {
    case "began":
      return changed(run, said.drill, { state: "running", name: said.name });
    case "progress":
      return progressed(run, said, nowMs);
    case "ended":
      return ended(run, said);
    default:
      return troubled(run, said.message);
  }
}

/** What had not ended when a run was over did not run to its end. */
function closed(run: FollowedRun): FollowedRun {
  const drills = run.drills.map((one) =>
    one.state === "planned" || one.state === "running" ? ({ ...one, state: "not_run" } as const) : one,
  );
  return { ...run, drills, isOver: true };
}

/** The run with what was reported of it. */
export function followRun(run: FollowedRun, { events, over }: DrillRunReport, nowMs: number): FollowedRun {
  const after = events.reduce((so, said) => told(so, said, nowMs), run);
  return { ...(over ? closed(after) : after), heardMs: nowMs };
}
