import type { Entry, Known } from "@narrowgate/assurance";
import type { AgentWork, Leaf, UsedOperation } from "@narrowgate/contracts";

/** What is counted leaf by leaf; what transactions came to and whether they verify is known elsewhere. */
export type CountedWork = Omit<
  AgentWork,
  "from" | "to" | "closed" | "completed" | "sensitive" | "verified" | "unverified"
>;

type Day = { -readonly [K in keyof Omit<CountedWork, "used">]: number } & {
  readonly used: Map<string, { calls: number; last: number }>;
  /** The minute of the last call, the calls in it, and most calls in one. */
  minute: number;
  inMinute: number;
  busiest: number;
};

const minuteMs = 60_000;
const dayMs = 86_400_000;
const maxOperations = 4096;

function emptyDay(): Day {
  return {
    calls: 0,
    ok: 0,
    refused: 0,
    asked: 0,
    approved: 0,
    declined: 0,
    waited_ms: 0,
    opened: 0,
    used: new Map(),
    minute: 0,
    inMinute: 0,
    busiest: 0,
  };
}

/** What was counted, as plain JSON: by agent, then by day. */
export type SavedWork = readonly (readonly [
  string,
  readonly (readonly [
    number,
    Omit<Day, "used">,
    readonly (readonly [string, { calls: number; last: number }])[],
  ])[],
])[];

/** Counts what agents did, by day. */
export class WorkTally {
  readonly #days: Map<string, Map<number, Day>>;

  /** @param saved - by {@link WorkTally.save} */
  constructor(saved: SavedWork = []) {
    this.#days = new Map(
      saved.map(([agent, days]) => [
        agent,
        new Map(days.map(([date, counts, used]) => [date, { ...counts, used: new Map(used) }])),
      ]),
    );
  }

  /** All of it, to go on with. */
  save(): SavedWork {
    return [...this.#days].map(([agent, days]) => [
      agent,
      [...days].map(([date, { used, ...counts }]) => [date, counts, [...used]]),
    ]);
  }

  /**
   * Takes the next leaf.
   * @param known - what stands before it; @param inputs - opened inputs of the permit a dispatch follows, where a control opened them
   */
  take({ leaf }: Entry, known: Known, inputs: unknown): void {
    const agent = leaf.agent?.id;
    if (agent === undefined) return;
    if (leaf.type === "dispatch") countCall(this.#day(agent, leaf.at), leaf.at, inputs);
    if (leaf.type === "outcome" && leaf.body.status === "ok") this.#day(agent, leaf.at).ok++;
    if (leaf.type === "decision" && leaf.body.verdict === "refuse") this.#day(agent, leaf.at).refused++;
    if (leaf.type === "approval") countApproval(this.#day(agent, leaf.at), leaf, known);
  }

  #day(agent: string, at: number): Day {
    const days = this.#days.get(agent) ?? new Map<number, Day>();
    this.#days.set(agent, days);
    const date = Math.floor(at / dayMs);
    const day = days.get(date) ?? emptyDay();
    days.set(date, day);
    return day;
  }

  #in(agent: string, { from, to }: { readonly from: number; readonly to: number }): readonly Day[] {
    const [first, last] = [Math.floor(from / dayMs), Math.floor(to / dayMs)];
    return [...(this.#days.get(agent) ?? [])].flatMap(([date, day]) =>
      date >= first && date <= last ? [day] : [],
    );
  }

  /** Calls of an agent in its busiest minute, by its ref. */
  busiestMinute(agent: string, window: { readonly from: number; readonly to: number }): number {
    return Math.max(0, ...this.#in(agent, window).map(({ busiest }) => busiest));
  }

  /** An agent's, by its ref. */
  of(agent: string, window: { readonly from: number; readonly to: number }): CountedWork {
    const days = this.#in(agent, window);
    const sum = (of: (day: Day) => number): number => days.reduce((all, day) => all + of(day), 0);
    return {
      calls: sum((day) => day.calls),
      ok: sum((day) => day.ok),
      refused: sum((day) => day.refused),
      asked: sum((day) => day.asked),
      approved: sum((day) => day.approved),
      declined: sum((day) => day.declined),
      waited_ms: sum((day) => day.waited_ms),
      opened: sum((day) => day.opened),
      used: usedOn(days),
    };
  }
}

function usedOn(days: readonly Day[]): readonly UsedOperation[] {
  const found = new Map<string, { calls: number; last: number }>();
  for (const { used } of days) {
    for (const [name, { calls, last }] of used) {
      const before = found.get(name) ?? { calls: 0, last: 0 };
      found.set(name, { calls: before.calls + calls, last: Math.max(before.last, last) });
    }
  }
  const names = [...found].map(([name, use]) => ({ name, ...use }));
  return names.sort((a, b) => (a.name < b.name ? -1 : 1)).slice(0, maxOperations);
}

function countCall(day: Day, at: number, inputs: unknown): void {
  day.calls++;
  const minute = Math.floor(at / minuteMs);
  day.inMinute = minute === day.minute ? day.inMinute + 1 : 1;
  day.minute = minute;
  day.busiest = Math.max(day.busiest, day.inMinute);
  const name = operationIn(inputs);
  if (name === undefined) return;
  day.opened++;
  const before = day.used.get(name);
  if (before === undefined && day.used.size >= maxOperations) return;
  day.used.set(name, { calls: (before?.calls ?? 0) + 1, last: at });
}

function countApproval(day: Day, { at, body }: Leaf<"approval">, known: Known): void {
  if (body.action === "requested") day.asked++;
  if (body.action !== "approved" && body.action !== "refused") return;
  if (body.action === "approved") day.approved++;
  else day.declined++;
  const asked = known.approvals[body.approval];
  if (asked !== undefined) day.waited_ms += Math.max(0, at - asked.at);
}

function memberOf(value: unknown, name: string): unknown {
  const isObject = typeof value === "object" && value !== null && Object.hasOwn(value, name);
  return isObject ? Reflect.get(value, name) : undefined;
}

/** `server/kind/name` of the call that a permit is about. */
function operationIn(inputs: unknown): string | undefined {
  const items: readonly unknown[] = Array.isArray(inputs) ? inputs : [];
  const call = memberOf(
    items.find((item) => memberOf(item, "path") === "/call"),
    "value",
  );
  const parts = ["server", "kind", "name"].map((name) => memberOf(call, name));
  return parts.every((part) => typeof part === "string") ? parts.join("/") : undefined;
}
