import { monitorEventLoopDelay } from "node:perf_hooks";

const RESOLUTION_MS = 20;
const TURN_MS = 15_000;

/** How late the event loop is. */
export interface LoopDelay {
  /** Seconds, over the last one to two turns of fifteen seconds, so that no scrape takes anything from another. */
  read(): ReadonlyMap<"0.5" | "0.99" | "1", number>;
  stop(): void;
}

/** A timer is never early: what it is late by its own period is no delay. */
function seconds(nanos: number): number {
  return Number.isFinite(nanos) ? Math.max(0, nanos / 1e9 - RESOLUTION_MS / 1000) : 0;
}

function started(): ReturnType<typeof monitorEventLoopDelay> {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  return histogram;
}

/** Begins to watch the event loop of this process. */
export function watchEventLoop(): LoopDelay {
  // Two that overlap by a turn: the older one answers, and is emptied when the younger one takes its place.
  let [older, younger] = [started(), started()];
  const timer = setInterval(() => {
    older.reset();
    [older, younger] = [younger, older];
  }, TURN_MS);
  timer.unref();
  return {
    read: () =>
      new Map([
        ["0.5", seconds(older.percentile(50))],
        ["0.99", seconds(older.percentile(99))],
        ["1", seconds(older.max)],
      ]),
    stop() {
      clearInterval(timer);
      older.disable();
      younger.disable();
    },
  };
}
