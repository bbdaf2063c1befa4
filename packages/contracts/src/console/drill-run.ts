import { flag, integer, listOf, oneOf, text } from "../reading/readers.ts";
import { optional, type Reader, shape } from "../reading/shape.ts";

/** How a drill of a run stands. `not_run`: the run ended before it. */
export const DRILL_STANDINGS = ["planned", "running", "pass", "fail", "not_established", "not_run"] as const;

/** One drill of a run. */
export type DrillStanding = {
  readonly drill: string;
  readonly load: string;
  /** Once it began. */
  readonly name?: string;
  readonly state: (typeof DRILL_STANDINGS)[number];
  readonly trials: number;
  readonly failures: number;
  readonly elapsedMs: number;
};

/** The load beside the drills over a stretch of time. */
export type LoadPoint = {
  /** End of the stretch, Unix milliseconds. */
  readonly atMs: number;
  readonly callsPerS: number;
  /** Milliseconds; absent where no call went through. */
  readonly p50Ms?: number;
  readonly p99Ms?: number;
};

/** `stopping`: somebody asked for it. `silent`: nothing was heard of it for a while. */
export const DRILL_RUN_STATES = ["running", "stopping", "over", "silent"] as const;

/** The drills that run now, or ran last since the server began. It is told by who runs them, and is no evidence. */
export type DrillRun = {
  readonly run: string;
  /** Name of the operator who runs it. */
  readonly by: string;
  readonly state: (typeof DRILL_RUN_STATES)[number];
  /** Unix milliseconds. */
  readonly beganMs: number;
  readonly heardMs: number;
  /** Who asked for its end on a page of the console. */
  readonly stoppedBy?: string;
  /** Whose release is carried into the sandboxes. */
  readonly agent?: string;
  readonly drills: readonly DrillStanding[];
  /** Governed calls that went through beside them. */
  readonly calls: number;
  /** Oldest first, at most 240; older ones are joined. */
  readonly points: readonly LoadPoint[];
  /** What the driver said last when it could not go on. */
  readonly trouble?: string;
};

/** What is asked again and again while drills run: how many results are on record, and the run, if there is one. */
export type DrillsNow = {
  readonly total: number;
  /** Whether whoever asks may have them end: who only audits changes nothing. */
  readonly mayStop: boolean;
  readonly run?: DrillRun;
};

const plain = text({ max: 4096 });
const number: Reader<number> = (value, path) =>
  typeof value === "number" && value >= 0 ? value : integer()(value, path);

const standing = shape<DrillStanding>({
  drill: plain,
  load: plain,
  name: optional(plain),
  state: oneOf(DRILL_STANDINGS),
  trials: integer(),
  failures: integer(),
  elapsedMs: integer(),
});

const point = shape<LoadPoint>({
  atMs: integer(),
  callsPerS: number,
  p50Ms: optional(number),
  p99Ms: optional(number),
});

/** Reads how drills stand. @throws NarrowgateError `malformed_input` */
export const readDrillsNow: Reader<DrillsNow> = shape<DrillsNow>({
  total: integer(),
  mayStop: flag,
  run: optional(
    shape<DrillRun>({
      run: plain,
      by: plain,
      state: oneOf(DRILL_RUN_STATES),
      beganMs: integer(),
      heardMs: integer(),
      stoppedBy: optional(plain),
      agent: optional(plain),
      drills: listOf(standing),
      calls: integer(),
      points: listOf(point),
      trouble: optional(plain),
    }),
  ),
});
