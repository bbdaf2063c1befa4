import { catalogue } from "@narrowgate/assurance/reading";
import type { DrillRun, DrillStanding, LoadPoint } from "@narrowgate/contracts";

const SECOND = 1000;

/** Calls at a steady pace with one dip, in which they also took long. */
function pointsUntil(nowMs: number, count: number): readonly LoadPoint[] {
  return Array.from({ length: count }, (_, i) => {
    const isDip = i > count * 0.55 && i < count * 0.62;
    const wave = Math.sin(i / 3);
    const atMs = nowMs - (count - 1 - i) * SECOND;
    if (isDip) return { atMs, callsPerS: 1 + wave / 2, p50Ms: 40, p99Ms: 180 + wave * 20 };
    return { atMs, callsPerS: 14.6 + wave / 2, p50Ms: 11 + wave, p99Ms: 34 + wave * 6 };
  });
}

const done = ["DR-01", "DR-02", "DR-03", "DR-05", "DR-06", "DR-07", "DR-08", "DR-09"];

function standing(drill: string, name: string): DrillStanding {
  const open = { drill, load: "L1", trials: 0, failures: 0, elapsedMs: 0 };
  if (done.includes(drill))
    return {
      ...open,
      name,
      state: drill === "DR-06" ? "not_established" : "pass",
      trials: 120,
      elapsedMs: 9_000,
    };
  if (drill === "DR-10") return { ...open, name, state: "running", trials: 46, elapsedMs: 7_200 };
  return { ...open, state: "planned" };
}

/** A run as the page is told of it, under way for a minute and a half. */
export function sampleRun(more: Partial<DrillRun> = {}): DrillRun {
  const nowMs = Date.now();
  return {
    run: "A".repeat(22),
    by: "Ada",
    state: "running",
    beganMs: nowMs - 96 * SECOND,
    heardMs: nowMs,
    agent: "refunds",
    drills: catalogue.drills
      .filter(({ absent }) => absent === undefined)
      .map(({ id, name }) => standing(id, name)),
    calls: 1_284,
    points: pointsUntil(nowMs, 90),
    ...more,
  };
}
