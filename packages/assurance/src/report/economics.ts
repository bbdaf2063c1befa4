import type { AgentWork } from "@narrowgate/contracts";
import { NarrowgateError, readObject, readString } from "@narrowgate/kernel";

/** What somebody declares of money. None of it is measured, and each is printed as an assumption. */
export type Assumptions = {
  readonly currency: string;
  /** What one completed task is worth. */
  readonly valuePerTask: number;
  /** Spent once. */
  readonly buildCost: number;
  /** Machines, licences and people who keep it running, for 30 days. */
  readonly runCostPerMonth: number;
  /** Model and interfaces, for one call. */
  readonly costPerCall: number;
  /** An hour of somebody who approves. */
  readonly approverCostPerHour: number;
};

/** One figure, where it is from, and how it was computed. */
export type Figure = {
  readonly name: string;
  /** Absent where it cannot be said. */
  readonly value?: number;
  readonly unit: string;
  readonly basis: "measured" | "assumption" | "computed";
  readonly says: string;
};

const month = 30 * 86_400_000;
const hour = 3_600_000;

function readNumber(value: unknown, path: string): number {
  if (typeof value === "number" && Number.isFinite(value) && value >= 0 && value <= 1e12) return value;
  throw new NarrowgateError("malformed_input", `${path}: must be a number from 0 to 1e12`);
}

/**
 * Reads a file of assumptions.
 * Trust: `value` is whatever somebody wrote.
 * @throws NarrowgateError `malformed_input`
 */
export function readAssumptions(value: unknown): Assumptions {
  const row = readObject(value, "", [
    "currency",
    "value_per_task",
    "build_cost",
    "run_cost_per_month",
    "cost_per_call",
    "approver_cost_per_hour",
  ]);
  return {
    currency: readString(row.currency, "/currency", { min: 1, max: 8, pattern: /^[A-Za-z]+$/ }),
    valuePerTask: readNumber(row.value_per_task, "/value_per_task"),
    buildCost: readNumber(row.build_cost, "/build_cost"),
    runCostPerMonth: readNumber(row.run_cost_per_month, "/run_cost_per_month"),
    costPerCall: readNumber(row.cost_per_call ?? 0, "/cost_per_call"),
    approverCostPerHour: readNumber(row.approver_cost_per_hour ?? 0, "/approver_cost_per_hour"),
  };
}

function cents(value: number): number {
  return Math.round(value * 100) / 100;
}

function measured({ completed, closed, verified, unverified, calls, waited_ms }: AgentWork): Figure[] {
  const say = (name: string, value: number, unit: string, says: string): Figure => ({
    name,
    value,
    unit,
    basis: "measured",
    says,
  });
  return [
    say("completed tasks", completed, "tasks", `of ${closed} that ended: every call in them ended well`),
    say("tasks verified again", verified, "tasks", `by the offline verifier; ${unverified} did not verify`),
    say("governed calls", calls, "calls", "that left for a server on a permit"),
    say(
      "waiting for approvals",
      cents(waited_ms / 60_000),
      "minutes",
      "from question to answer: nobody spent more than this on them",
    ),
  ];
}

function assumed(given: Assumptions): Figure[] {
  const { currency } = given;
  const say = (name: string, value: number, says: string): Figure => ({
    name,
    value,
    unit: currency,
    basis: "assumption",
    says,
  });
  return [
    say("value of a completed task", given.valuePerTask, "declared"),
    say("cost of building it", given.buildCost, "declared, once"),
    say("cost of running it", given.runCostPerMonth, "declared, for 30 days"),
    say("cost of a call", given.costPerCall, "declared: model and interfaces"),
    say("an hour of an approver", given.approverCostPerHour, "declared"),
  ];
}

/**
 * Cost per governed task and when it pays, from what was measured and what is assumed.
 * @see docs/spec/assurance.md section 7
 */
export function economicsOf(work: AgentWork, given: Assumptions): readonly Figure[] {
  const { completed, calls, waited_ms, from, to } = work;
  const { currency } = given;
  const months = Math.max(to - from, 1) / month;
  const approvals = (waited_ms / hour) * given.approverCostPerHour;
  const variable = calls * given.costPerCall + approvals;
  const running = given.runCostPerMonth * months + variable;
  const say = (name: string, value: number | undefined, unit: string, says: string): Figure => ({
    name,
    ...(value === undefined || !Number.isFinite(value) ? {} : { value: cents(value) }),
    unit,
    basis: "computed",
    says,
  });
  const perTask = completed === 0 ? undefined : running / completed;
  const gained = completed * given.valuePerTask - running;
  const perMonth = gained / months;
  return [
    ...measured(work),
    ...assumed(given),
    say(
      "cost in the window",
      running,
      currency,
      `running it for ${cents(months)} months, calls and approvals`,
    ),
    say(
      "cost per governed task",
      perTask,
      currency,
      "cost in the window by completed tasks, building left out",
    ),
    say(
      "value less cost in the window",
      gained,
      currency,
      "completed tasks at their declared value, less that cost",
    ),
    say(
      "break-even",
      perMonth > 0 ? given.buildCost / perMonth : undefined,
      "months",
      perMonth > 0
        ? "cost of building it by value less cost of a month, should it go on like this"
        : "never at this rate: a month costs more than it brings",
    ),
  ];
}
