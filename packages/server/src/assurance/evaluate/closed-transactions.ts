import type { Entry, Known } from "@narrowgate/assurance";

/** A transaction that has ended. */
export type ClosedTransaction = {
  readonly txn: string;
  /** Unix milliseconds at which it ended. */
  readonly at: number;
};

/** What is known of an agent's ended transactions on one day. */
type Day = {
  closed: number;
  completed: number;
  sensitive: number;
  /** The newest sensitive ones. */
  newest: ClosedTransaction[];
  /** Those of the others whose ids come first. */
  drawn: ClosedTransaction[];
};

/** A transaction that goes on. */
type Open = { readonly agents: Set<string>; isSensitive: boolean; calls: number; ok: number };

/** What is known, as plain JSON: transactions that go on, and days by agent. */
export type SavedTransactions = {
  readonly open: readonly (readonly [string, Omit<Open, "agents">, readonly string[]])[];
  readonly days: readonly (readonly [string, readonly (readonly [number, Day])[]])[];
};

/** An agent's ended transactions in a window. */
export type TransactionsOf = {
  readonly closed: number;
  /** At least one call was made, and every one ended well. */
  readonly completed: number;
  readonly sensitive: number;
  /** All sensitive ones, of each day the newest up to the cap. */
  readonly toReplay: readonly ClosedTransaction[];
  /** A sample of the others, by their ids. */
  readonly toSample: readonly ClosedTransaction[];
};

/** Sensitive transactions of one agent and day that are kept for replay. */
export const SENSITIVE_OF_A_DAY = 256;
/** Others of one agent and day that are drawn. */
export const DRAWN_OF_A_DAY = 16;
const dayMs = 86_400_000;

/**
 * Which transactions of an agent are to be verified again. Sensitive is one in which people approved, or that reached a
 * server with an operation that cannot be undone. Ids are random, so those that come first are a fair sample.
 */
export class ClosedTransactions {
  readonly #open: Map<string, Open>;
  readonly #days: Map<string, Map<number, Day>>;

  /** @param saved - by {@link ClosedTransactions.save} */
  constructor({ open, days }: SavedTransactions = { open: [], days: [] }) {
    this.#open = new Map(open.map(([txn, counts, agents]) => [txn, { ...counts, agents: new Set(agents) }]));
    this.#days = new Map(days.map(([agent, own]) => [agent, new Map(own)]));
  }

  /** All of it, to go on with. */
  save(): SavedTransactions {
    return {
      open: [...this.#open].map(([txn, { agents, ...counts }]) => [txn, counts, [...agents]]),
      days: [...this.#days].map(([agent, own]) => [agent, [...own]]),
    };
  }

  /** Takes the next leaf. @param known - what stands before it */
  take({ leaf }: Entry, known: Known): void {
    const { txn, agent } = leaf;
    if (txn === undefined) return;
    const open = this.#open.get(txn.id) ?? { agents: new Set<string>(), isSensitive: false, calls: 0, ok: 0 };
    if (agent !== undefined) open.agents.add(agent.id);
    notice(open, leaf, known);
    if (leaf.type !== "closing") {
      this.#open.set(txn.id, open);
      return;
    }
    this.#open.delete(txn.id);
    for (const ref of open.agents) this.#close(ref, { txn: txn.id, at: leaf.at }, open);
  }

  #close(agent: string, ended: ClosedTransaction, { isSensitive, calls, ok }: Open): void {
    const days = this.#days.get(agent) ?? new Map<number, Day>();
    this.#days.set(agent, days);
    const date = Math.floor(ended.at / dayMs);
    const day = days.get(date) ?? { closed: 0, completed: 0, sensitive: 0, newest: [], drawn: [] };
    days.set(date, day);
    day.closed++;
    if (calls > 0 && ok >= calls) day.completed++;
    if (!isSensitive) {
      draw(day.drawn, ended);
      return;
    }
    day.sensitive++;
    day.newest.push(ended);
    if (day.newest.length > SENSITIVE_OF_A_DAY) day.newest.shift();
  }

  /** An agent's, by its ref. */
  of(agent: string, { from, to }: { readonly from: number; readonly to: number }): TransactionsOf {
    const [first, last] = [Math.floor(from / dayMs), Math.floor(to / dayMs)];
    const days = [...(this.#days.get(agent) ?? [])]
      .filter(([date]) => date >= first && date <= last)
      .map(([, day]) => day);
    return {
      closed: days.reduce((all, { closed }) => all + closed, 0),
      completed: days.reduce((all, { completed }) => all + completed, 0),
      sensitive: days.reduce((all, { sensitive }) => all + sensitive, 0),
      toReplay: days.flatMap(({ newest }) => newest),
      toSample: days.flatMap(({ drawn }) => drawn),
    };
  }
}

function notice(open: Open, leaf: Entry["leaf"], known: Known): void {
  if (leaf.type === "approval") open.isSensitive = true;
  if (leaf.type === "outcome" && leaf.body.status === "ok") open.ok++;
  if (leaf.type !== "dispatch") return;
  open.calls++;
  open.isSensitive ||= reachesIrreversible(known, leaf.body.server);
}

function draw(drawn: ClosedTransaction[], ended: ClosedTransaction): void {
  const at = drawn.findIndex(({ txn }) => txn > ended.txn);
  drawn.splice(at === -1 ? drawn.length : at, 0, ended);
  if (drawn.length > DRAWN_OF_A_DAY) drawn.pop();
}

const irreversible = new WeakMap<object, boolean>();

/** By the server alone: which operation was called stands in a sealed part. */
function reachesIrreversible(known: Known, ref: string): boolean {
  const server = known.servers[ref];
  if (server === undefined) return false;
  const found =
    irreversible.get(server.operations) ??
    Object.values(server.operations).some(({ effect }) => effect === "irreversible");
  irreversible.set(server.operations, found);
  return found;
}
