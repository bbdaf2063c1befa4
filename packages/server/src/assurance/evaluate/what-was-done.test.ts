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
const decided = (verdict: "permit" | "refuse"): object => ({
  action: "call",
  feed: 0,
  policy: digest,
  procedure: digest,
  verdict,
  ...(verdict === "refuse" ? { code: "policy_denied" } : {}),
});
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

const txnOf = ([first]: readonly Entry[]): string => first?.leaf.txn?.id ?? "";

function taken(entries: readonly Entry[]): ClosedTransactions {
  const transactions = new ClosedTransactions();
  for (const one of entries) transactions.take(one, known);
  return transactions;
}

describe("transactions that ended", () => {
  test("are completed when every call in them ended well, and there was one", () => {
    const well = [told(safe, ["ok", "ok"]), told(safe, ["ok"])];
    const all = [...well, told(safe, ["ok", "timeout"]), told(safe, [])].flat();
    // A transaction is its agent's once a leaf of that agent is in it: one without calls has none here.
    expect(taken(all).of(agent, window)).toMatchObject({ closed: 3, completed: 2, sensitive: 0 });
    const place = { txn: newTxn() };
    const refused = [entry("decision", decided("refuse"), place), entry("closing", { entries: 1 }, place)];
    expect(taken(refused).of(agent, window)).toMatchObject({ closed: 1, completed: 0 });
  });

  test("are forgotten but for what is told of their day", () => {
    const { open, days } = taken(told(safe, ["ok"])).save();
    expect([open, days.length]).toEqual([[], 1]);
    expect(taken(told(safe, ["ok"]).slice(0, -1)).save().open).toHaveLength(1);
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

  test("are not sensitive by a server that is not on record: nothing it does is known", () => {
    expect(taken(told(randomId(), ["ok"])).of(agent, window)).toMatchObject({ closed: 1, sensitive: 0 });
  });

  test("look once at what a server can do, however many calls reach it", () => {
    let looks = 0;
    const operation = {
      dataClass: "internal" as const,
      egress: false,
      get effect() {
        looks++;
        return "read" as const;
      },
    };
    const server = randomId();
    known.servers[server] = { ...servers.safe, operations: { "tool/read": operation } };
    taken([...told(server, ["ok", "ok"]), ...told(server, ["ok"])]);
    expect(looks).toBe(1);
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
    const ids = others.map(txnOf).sort();
    expect(drawn).toEqual(ids.slice(0, DRAWN_OF_A_DAY));
  });

  test("are drawn the same, in whatever order they ended", () => {
    const byId = Array.from({ length: 3 * DRAWN_OF_A_DAY }, () => told(safe, ["ok"])).sort((a, b) =>
      txnOf(a) < txnOf(b) ? -1 : 1,
    );
    for (const order of [byId, byId.toReversed()]) {
      const { toSample } = taken(order.flat()).of(agent, window);
      expect(toSample.map(({ txn }) => txn)).toEqual(byId.slice(0, DRAWN_OF_A_DAY).map(txnOf));
    }
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
    for (const status of ["tool_error", "timeout"])
      tally.take(entry("outcome", outcome(status), place), known, undefined);
    for (const verdict of ["refuse", "refuse", "permit"] as const)
      tally.take(entry("decision", decided(verdict), place), known, undefined);
    const found = tally.of(agent, window);
    expect(found).toMatchObject({ calls: 4, ok: 1, refused: 2, opened: 2 });
    expect(found.used).toEqual([{ name: "safe/tool/read", calls: 2, last: start + 5 }]);
    expect(tally.of(agent, { from: start + dayMs, to: start + 2 * dayMs })).toMatchObject({
      calls: 0,
      used: [],
    });
  });

  test("names an operation by all three of its names or not at all", () => {
    const tally = new WorkTally();
    const named = { server: "safe", kind: "tool", name: "read" };
    for (const member of ["server", "kind", "name"]) {
      const inputs = [{ path: "/call", value: { ...named, [member]: 1 } }];
      tally.take(entry("dispatch", sent(safe), { txn: newTxn() }), known, inputs);
    }
    expect(tally.of(agent, window)).toMatchObject({ calls: 3, opened: 0, used: [] });
  });

  test("names operations in the order of their names, and of each day and of all so many at most", () => {
    const tally = new WorkTally();
    const dispatch = [start, start + dayMs].map((at) => entry("dispatch", sent(safe), { txn: newTxn(), at }));
    const call = (day: 0 | 1, name: string): void => {
      const inputs = [{ path: "/call", value: { server: "safe", kind: "tool", name } }];
      tally.take(dispatch[day] ?? expect.unreachable(), known, inputs);
    };
    const names = Array.from({ length: 4096 }, (_, i) => `read-${String(i).padStart(4, "0")}`);
    for (const name of names.toReversed()) call(0, name);
    call(0, "read-0001");
    call(0, "a further one");
    const first = tally.of(agent, window);
    expect(first.used.map(({ name }) => name)).toEqual(names.map((name) => `safe/tool/${name}`));
    expect(first).toMatchObject({ calls: 4098, opened: 4098 });
    expect(first.used.slice(0, 2).map(({ calls }) => calls)).toEqual([1, 2]);
    for (const name of ["a", "b", "a"]) call(1, name);
    const { used } = tally.of(agent, { from: start, to: start + dayMs });
    expect(used).toHaveLength(4096);
    expect(used.slice(0, 2)).toMatchObject([
      { name: "safe/tool/a", calls: 2, last: start + dayMs },
      { name: "safe/tool/b", calls: 1 },
    ]);
  });

  test("has what people were asked, and what they answered; what ran out is neither", () => {
    const tally = new WorkTally();
    const place = { txn: newTxn() };
    const named = { approval: randomId(), digest, kind: "call" };
    const question = { decision: randomId(), not_after: 1, requires: ["approver#1"] };
    const answer = { person: randomId(), credential: digest, role: "approver", slot: 1 };
    const steps = [
      ...[1, 2, 3, 4].map(() => ({ action: "requested", ...question })),
      ...[1, 2].map(() => ({ action: "approved", ...answer })),
      { action: "refused", ...answer },
      { action: "expired" },
      { action: "withdrawn" },
    ];
    for (const step of steps) tally.take(entry("approval", { ...named, ...step }, place), known, undefined);
    expect(tally.of(agent, window)).toMatchObject({ asked: 4, approved: 2, declined: 1, waited_ms: 0 });
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
