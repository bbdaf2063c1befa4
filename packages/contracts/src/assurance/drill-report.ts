import { flag, id16, integer, listOf, literal, oneOf, refuseInput } from "../reading/readers.ts";
import { type Reader, shape } from "../reading/shape.ts";
import { type DrillEvent, parseDrillEvent } from "./drill-event.ts";
import { DRILL_VERDICTS, type DrillResult } from "./drill-result.ts";
import { drillId } from "./gate-profile.ts";

/** That a drill ended, and how; its whole result is signed and recorded apart. */
export type DrillEnded = { readonly event: "ended" } & Pick<
  DrillResult,
  "drill" | "verdict" | "trials" | "failures"
>;

/** What of the driver's lines is told to the instance that asked, while drills run. */
export type DrillRunEvent = Extract<DrillEvent, { event: "began" | "progress" | "failed" }> | DrillEnded;

/** What whoever runs the drills tells the instance about once a second. It is shown, and never evidence. */
export type DrillRunReport = {
  /** Drawn for this run. */
  readonly run: string;
  /** In every report, so that an instance that began anew meanwhile knows what runs. */
  readonly plan: Extract<DrillEvent, { event: "plan" }>;
  /** Since the report before, in order. */
  readonly events: readonly DrillRunEvent[];
  /** Whether this is the last one. */
  readonly over: boolean;
};

/** What the instance answers: whether somebody wants the run stopped, and who. */
export type DrillRunAnswer = { readonly stop: boolean; readonly by?: string };

/** Events in one report: more than a driver says in a second. */
export const MAX_REPORTED_EVENTS = 256;

const ended: Reader<DrillEnded> = shape<DrillEnded>({
  event: literal("ended"),
  drill: drillId,
  verdict: oneOf(DRILL_VERDICTS),
  trials: integer(),
  failures: integer(),
});

const event: Reader<DrillRunEvent> = (value, path) => {
  if (Object(value).event === "ended") return ended(value, path);
  const said = parseDrillEvent(value);
  return said?.event === "began" || said?.event === "progress" || said?.event === "failed"
    ? said
    : refuseInput(path, "must be an event that is reported");
};

const plan: Reader<DrillRunReport["plan"]> = (value, path) => {
  const said = parseDrillEvent(value);
  return said?.event === "plan" ? said : refuseInput(path, "must be a plan");
};

const read: Reader<DrillRunReport> = shape<DrillRunReport>({
  run: id16,
  plan,
  events: listOf(event, { max: MAX_REPORTED_EVENTS }),
  over: flag,
});

/**
 * Reads a report.
 * Trust: `value` is attacker-controlled; who signed it is known to the caller.
 * @throws NarrowgateError `malformed_input`
 */
export function parseDrillRunReport(value: unknown): DrillRunReport {
  return read(value, "");
}
