import {
  type DrillEvent,
  type DrillRunEvent,
  type DrillRunReport,
  MAX_REPORTED_EVENTS,
  parseDrillEvent,
} from "@narrowgate/contracts";
import { isNarrowgateError, type JsonObject, NarrowgateError, randomId } from "@narrowgate/kernel";
import type { AdminClient } from "../admin/admin-client.ts";
import { textAt } from "../admin/read-answer.ts";

const EVERY_MS = 1_000;
/** A report is worth little when it is late, and the next one has what this one had. */
const PATIENCE_MS = 10_000;

/** Told of what the instance wants. */
export interface ReportHearers {
  /** Somebody wants the drills to end. @param by - who, as the instance calls her */
  stop(by: string): void;
  /** Nothing can be told, once; drills go on without being seen. */
  lost(error: NarrowgateError): void;
}

function reported(event: DrillEvent): readonly DrillRunEvent[] {
  switch (event.event) {
    case "began":
    case "progress":
    case "failed":
      return [event];
    case "result": {
      const { drill, verdict, trials, failures } = event.result;
      return [{ event: "ended", drill, verdict, trials, failures }];
    }
    default:
      return [];
  }
}

function eventIn(line: JsonObject): DrillEvent | undefined {
  try {
    return parseDrillEvent(line);
  } catch (error) {
    // What the driver says is shown, never relied on: a line that is none is not shown.
    if (isNarrowgateError(error)) return undefined;
    throw error;
  }
}

/** Tells the instance about once a second how its drills stand, and hears from it whether they are to end. */
export class RunReports {
  readonly #admin: Pick<AdminClient, "send">;
  readonly #hearers: ReportHearers;
  readonly #run: string = randomId();
  readonly #timer: NodeJS.Timeout;
  #plan: DrillRunReport["plan"] | undefined;
  #events: readonly DrillRunEvent[] = [];
  #sending: Promise<void> | undefined;
  #isLost = false;

  constructor(admin: Pick<AdminClient, "send">, hearers: ReportHearers) {
    this.#admin = admin;
    this.#hearers = hearers;
    this.#timer = setInterval(() => this.#tick(), EVERY_MS);
  }

  /** Takes in a line of the driver. */
  take(line: JsonObject): void {
    const event = eventIn(line);
    if (event?.event === "plan") this.#plan = event;
    else if (event !== undefined) this.#events = [...this.#events, ...reported(event)];
  }

  /** Says that it is over, and nothing more after that. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#sending;
    await this.#send(true);
  }

  #tick(): void {
    this.#sending ??= this.#send(false).finally(() => {
      this.#sending = undefined;
    });
  }

  async #send(over: boolean): Promise<void> {
    if (this.#plan === undefined) return;
    const events = this.#events.slice(0, MAX_REPORTED_EVENTS);
    const report: DrillRunReport = { run: this.#run, plan: this.#plan, events, over };
    try {
      const answer = await this.#admin.send("POST", "/drills/run", { ...report }, PATIENCE_MS);
      this.#events = this.#events.slice(events.length);
      if (answer.stop === true && !over) this.#hearers.stop(textAt(answer, "by"));
    } catch (error) {
      if (!(error instanceof NarrowgateError)) throw error;
      // The newest are kept for the next report; drills are not held up by who watches them.
      this.#events = this.#events.slice(-MAX_REPORTED_EVENTS);
      if (!this.#isLost) this.#hearers.lost(error);
      this.#isLost = true;
    }
  }
}
