import type { Entry, Known } from "@narrowgate/assurance";
import { createFold } from "@narrowgate/assurance";
import { parseLeaf } from "@narrowgate/contracts";
import { randomId } from "@narrowgate/kernel";
import { describe, expect, test } from "vitest";
import { ClosedTransactions, DRAWN_OF_A_DAY, SENSITIVE_OF_A_DAY } from "./closed-transactions.ts";
import { WorkTally } from "./work-tally.ts";

const agent = randomId();
const writer = randomId();
const dayMs = 86_400_000;
const start = 20_000 * dayMs;
const window = { from: start, to: start + dayMs - 1 };
const digest = randomId(32);
const fold = createFold([], { evaluator: digest, catalogue: digest, origin: "log", limits: {} });
const known: Known = fold.known;
const servers = {
  safe: { id: "safe", operations: {}, action: "created", changedAt: 0 },
  risky: {
    id: "risky",
    operations: {
      "tool/pay": { effect: "irreversible" as const, dataClass: "internal" as const, egress: true },
    },
    action: "created",
    changedAt: 0,
  },
};
const [safe, risky] = [randomId(), randomId()];
known.servers = { [safe]: servers.safe, [risky]: servers.risky };

function entry(type: string, body: object, { txn, at = start }: { txn: string; at?: number }): Entry {
  const link = (id: string) => ({ id, prev: null, seq: 0 });
  const leaf = parseLeaf({
    ...(type === "closing" ? {} : { agent: link(agent) }),
    at,
    body,
    id: randomId(),
    txn: link(txn),
    type,
    v: 1,
    writer: link(writer),
  });
  return { leaf, index: 0 };
}

const newTxn = (): string => `${randomId()}.${randomId()}`;
const outcome = (status: string): object => ({ decision: randomId(), status, held_ms: 1 });
const sent = (server: string): object => ({ decision: randomId(), server, digest });

/** One transaction with a call for each status, to one server. */
function told(server: string, statuses: readonly string[], at = start): readonly Entry[] {
  const place = { txn: newTxn(), at };
  const calls = statuses.flatMap((status) => [
    entry("dispatch", sent(server), place),
    entry("outcome", outcome(status), place),
  ]);
  return [...calls, entry("closing", { entries: calls.length }, place)];
}

function taken(entries: readonly Entry[]): ClosedTransactions {
  const transactions = new ClosedTransactions();
  for (const one of entries) transactions.take(one, known);
  return transactions;
}

describe("transactions that ended", () => {
  test("are completed when every call in them ended well, and there was one", () => {
    const all = [told(safe, ["ok", "ok"]), told(safe, ["ok", "timeout"]), told(safe, [])].flat();
    // A transaction is its agent's once a leaf of that agent is in it: one without calls has none here.
    expect(taken(all).of(agent, window)).toMatchObject({ closed: 2, completed: 1, sensitive: 0 });
  });

  test("are sensitive where something that cannot be undone was in reach, or people were asked", () => {
    const place = { txn: newTxn() };
    const asked = [
      entry(
        "approval",
        {
          action: "requested",
          approval: randomId(),
          digest,
          kind: "call",
          decision: randomId(),
          not_after: 1,
          requires: ["approver#1"],
        },
        place,
      ),
      entry("closing", { entries: 1 }, place),
    ];
    const found = taken([...told(risky, ["ok"]), ...told(safe, ["ok"]), ...asked]).of(agent, window);
    expect(found).toMatchObject({ closed: 3, sensitive: 2 });
    expect([found.toReplay.length, found.toSample.length]).toEqual([2, 1]);
  });

  test("count on the day they end, and are nobody's before", () => {
    const late = taken(told(safe, ["ok"], start + dayMs));
    expect(late.of(agent, window).closed).toBe(0);
    expect(late.of(agent, { from: start, to: start + dayMs }).closed).toBe(1);
    const open = taken(told(safe, ["ok"]).slice(0, -1));
    expect(open.of(agent, window).closed).toBe(0);
    expect(open.of(randomId(), window).closed).toBe(0);
  });

  test("are kept in bounds: the newest sensitive ones, and of the others those whose ids come first", () => {
    const many = Array.from({ length: SENSITIVE_OF_A_DAY + 9 }, (_, i) => told(risky, ["ok"], start + i));
    const newest = taken(many.flat()).of(agent, window);
    expect(newest.sensitive).toBe(SENSITIVE_OF_A_DAY + 9);
    expect(newest.toReplay).toHaveLength(SENSITIVE_OF_A_DAY);
    expect(newest.toReplay[0]?.at).toBe(start + 9);
    const others = Array.from({ length: 200 }, () => told(safe, ["ok"]));
    const drawn = taken(others.flat())
      .of(agent, window)
      .toSample.map(({ txn }) => txn);
    const ids = others.map((entries) => entries[0]?.leaf.txn?.id ?? "").sort();
    expect(drawn).toEqual(ids.slice(0, DRAWN_OF_A_DAY));
  });
});

describe("work", () => {
  test("is counted by what was opened of it", () => {
    const tally = new WorkTally();
    const place = { txn: newTxn() };
    const call = { server: "safe", kind: "tool", name: "read" };
    const inputs = [{ path: "/call", value: call }];
    tally.take(entry("dispatch", sent(safe), place), known, inputs);
    tally.take(entry("dispatch", sent(safe), { ...place, at: start + 5 }), known, inputs);
    tally.take(entry("dispatch", sent(safe), place), known, undefined);
    tally.take(entry("dispatch", sent(safe), place), known, [{ path: "/call", value: { name: 1 } }]);
    tally.take(entry("outcome", outcome("ok"), place), known, undefined);
    tally.take(entry("outcome", outcome("tool_error"), place), known, undefined);
    const found = tally.of(agent, window);
    expect(found).toMatchObject({ calls: 4, ok: 1, opened: 2 });
    expect(found.used).toEqual([{ name: "safe/tool/read", calls: 2, last: start + 5 }]);
    expect(tally.of(agent, { from: start + dayMs, to: start + 2 * dayMs })).toMatchObject({
      calls: 0,
      used: [],
    });
  });

  test("has the time from a question to its answer", () => {
    const tally = new WorkTally();
    const approval = randomId();
    known.approvals[approval] = { at: start, notAfter: 0, approved: {} };
    const answered = {
      approval,
      digest,
      kind: "call",
      person: randomId(),
      credential: digest,
      role: "approver",
      slot: 1,
    };
    const place = { txn: newTxn(), at: start + 90_000 };
    tally.take(entry("approval", { action: "approved", ...answered }, place), known, undefined);
    expect(tally.of(agent, window)).toMatchObject({ approved: 1, declined: 0, waited_ms: 90_000 });
  });
});

describe("how busy an agent was", () => {
  test("is its busiest minute of the window, by the clock of the log", () => {
    const tally = new WorkTally();
    const call = (at: number): void => {
      const [dispatch] = told(safe, ["ok"], at);
      if (dispatch !== undefined) tally.take(dispatch, known, undefined);
    };
    for (const second of [0, 59, 60, 61, 62, 125]) call(start + second * 1000);
    expect(tally.busiestMinute(agent, window)).toBe(3);
    for (const second of [0, 1, 2, 3, 4]) call(start + dayMs + second * 1000);
    expect(tally.busiestMinute(agent, window)).toBe(3);
    expect(tally.busiestMinute(agent, { from: start, to: start + dayMs })).toBe(5);
    expect(tally.busiestMinute(randomId(), window)).toBe(0);
  });
});
