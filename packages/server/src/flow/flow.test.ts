import {
  DATA_CLASSES,
  isAtMost,
  joinLabels,
  type Label,
  type LeafDraft,
  type RecordedLeaf,
  type StateChange,
  type StateReader,
} from "@narrowgate/contracts";
import type { JsonValue } from "@narrowgate/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Flow, openFlow, type PermittedCall } from "./index.ts";

/** The state table as the store keeps it: what a commit wrote is what a restart reads. */
function stateTable(): StateReader & { write(changes: readonly StateChange[]): void } {
  const rows = new Map<string, JsonValue>();
  const at = (room: string, key: string): string => `${room}\u0000${key}`;
  return {
    write(changes) {
      for (const { room, key, value } of changes) {
        if (value === null) rows.delete(at(room, key));
        else rows.set(at(room, key), JSON.parse(JSON.stringify(value)));
      }
    },
    get: (room, key) => Promise.resolve(rows.get(at(room, key)) ?? null),
    scan: (room, { after = "", limit = 1000 } = {}) =>
      Promise.resolve(
        [...rows]
          .map(([name, value]) => ({ name, value }))
          .filter(({ name }) => name.startsWith(`${room}\u0000`))
          .map(({ name, value }) => ({ key: name.slice(room.length + 1), value }))
          .filter(({ key }) => key > after)
          .sort((a, b) => (a.key < b.key ? -1 : 1))
          .slice(0, limit),
      ),
  };
}

const decision: RecordedLeaf = { id: "d".repeat(22), index: 0, hash: "h" };

interface World {
  readonly flow: Flow;
  readonly leaves: LeafDraft[];
  call(more?: Partial<PermittedCall>): void;
  restart(): Promise<Flow>;
}

async function world(): Promise<World> {
  const state = stateTable();
  const flow = await openFlow(state);
  const leaves: LeafDraft[] = [];
  return {
    flow,
    leaves,
    call(more = {}) {
      const change = flow.permit({ ...plain, ...more }, 0);
      expect(change).toBeDefined();
      for (const draft of change?.drafts ?? [])
        leaves.push(typeof draft === "function" ? draft([decision]) : draft);
      state.write(change?.changes ?? []);
      change?.apply();
    },
    restart: () => openFlow(state),
  };
}

const plain: PermittedCall = {
  txn: "t1",
  mandateEntry: "m1",
  instance: "i1",
  instanceEntry: "a1",
  agent: "agent",
  server: { ref: "s1", entry: "r1" },
  record: { dataClass: "internal", untrusted: false, effect: "read" },
  amount: 0,
};
const memory = {
  ref: "memory",
  entry: "r2",
  store: { dataClass: "confidential", untrusted: false },
} as const;

describe("labels", () => {
  test("start at the bottom and follow from mandate and attestation", async () => {
    const { flow } = await world();
    expect(flow.snapshot(plain, plain)).toEqual({
      transaction: { label: { class: "public", untrusted: false }, entry: "m1" },
      instance: { label: { class: "public", untrusted: false }, entry: "a1" },
      declared: { label: { class: "internal", untrusted: false }, entry: "r1" },
    });
  });

  test("rise to what a call can have shown, by leaves that name its decision", async () => {
    const { flow, leaves, call } = await world();
    call();
    const label = { class: "internal", untrusted: false };
    expect(leaves.map(({ body }) => body)).toEqual([
      { state: "transaction", ref: "t1", ...label, because: decision.id },
      { state: "instance", ref: "i1", ...label, because: decision.id },
    ]);
    expect(flow.snapshot(plain).transaction).toEqual({ label, entry: leaves[0]?.id });
    call();
    expect(leaves).toHaveLength(2);
  });

  test("take what nobody declared as content of strangers", async () => {
    const { flow, call } = await world();
    call({ record: { dataClass: "public", effect: "read" } });
    expect(flow.snapshot(plain).instance.label).toEqual({ class: "public", untrusted: true });
  });

  test("stay with the instance into its next task, and reach whoever joins the task", async () => {
    const { flow, call } = await world();
    call({ record: { dataClass: "restricted", untrusted: true, effect: "read" } });
    const next = flow.snapshot({ ...plain, txn: "t2", mandateEntry: "m2" });
    expect(next.transaction.label.class).toBe("public");
    expect(next.instance.label).toEqual({ class: "restricted", untrusted: true });
    call({ instance: "i2", instanceEntry: "a2" });
    expect(flow.snapshot({ ...plain, txn: "t3", instance: "i2" }).instance.label.class).toBe("restricted");
  });

  test("are not lost by going through a store", async () => {
    const { flow, call } = await world();
    call({ record: { dataClass: "internal", untrusted: true, effect: "read" } });
    call({ server: memory, record: { dataClass: "confidential", untrusted: false, effect: "write" } });
    const later = { ...plain, txn: "t2", instance: "i2", server: memory };
    expect(flow.snapshot(later, later).store?.label).toEqual({ class: "confidential", untrusted: true });
    call(later);
    expect(flow.snapshot(later).transaction.label).toEqual({ class: "confidential", untrusted: true });
  });

  test("of what was only read do not spread into the store", async () => {
    const { flow, call } = await world();
    call({ record: { dataClass: "internal", untrusted: true, effect: "read" } });
    call({ server: memory, record: { dataClass: "internal", untrusted: false, effect: "read" } });
    expect(flow.snapshot(plain, { ...plain, server: memory }).store?.label.untrusted).toBe(false);
  });

  test("never fall, whatever is called, and are the same after a restart", async () => {
    const label = fc.record({ dataClass: fc.constantFrom(...DATA_CLASSES), untrusted: fc.boolean() });
    const step = fc.record({
      txn: fc.constantFrom("t1", "t2"),
      instance: fc.constantFrom("i1", "i2"),
      server: fc.constantFrom(plain.server, memory),
      record: label.map((said) => ({ ...said, effect: "read" as const })),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const { flow, call, restart } = await world();
        for (const each of steps) {
          const question = { ...plain, ...each };
          const before = flow.snapshot(question, question);
          call(each);
          const after = flow.snapshot(question, question);
          const all: Label[] = [before.transaction, before.instance, before.declared].map(
            (kept) => kept.label,
          );
          for (const state of [after.transaction, after.instance]) {
            expect(isAtMost(joinLabels(...all), state.label)).toBe(true);
          }
          expect((await restart()).snapshot(question, question)).toEqual(after);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("an answer", () => {
  test("raises what its rule finds, and counts its rows", async () => {
    const { flow, call } = await world();
    call();
    const label = { class: "restricted", untrusted: false } as const;
    const found = { rows: 7, rises: [{ label, rule: "rule" }] };
    const change = flow.answer(plain, found, 1);
    change.apply();
    expect(flow.snapshot(plain).transaction.label.class).toBe("restricted");
    expect(flow.spent("t1")).toEqual({ amount: 0, calls: 1, rows: 7 });
    const [first] = change.drafts;
    const draft = typeof first === "function" ? first([decision, { ...decision, id: "outcome" }]) : first;
    expect(draft?.body).toMatchObject({ because: "outcome", rule: "rule" });
  });

  test("that several rules speak of raises step by step, and is kept as it stands at the end", async () => {
    const { flow } = await world();
    const rises = [
      { label: { class: "internal", untrusted: false }, rule: "first" },
      { label: { class: "internal", untrusted: false }, rule: "idle" },
      { label: { class: "public", untrusted: true }, rule: "second" },
    ] as const;
    const change = flow.answer(plain, { rows: 0, rises }, 0);
    const bodies = change.drafts.map((draft) =>
      typeof draft === "function" ? draft([decision]).body : draft.body,
    );
    expect(bodies.map((body) => [Reflect.get(body, "rule"), Reflect.get(body, "untrusted")])).toEqual([
      ["first", false],
      ["second", true],
      ["first", false],
      ["second", true],
    ]);
    expect(change.changes.map(({ value }) => value)).toMatchObject([
      { class: "internal", untrusted: true },
      { class: "internal", untrusted: true },
    ]);
  });

  test("that no rule speaks of changes nothing", async () => {
    const { flow } = await world();
    expect(flow.answer(plain, { rows: 0 }, 0)).toMatchObject({ drafts: [], changes: [] });
  });
});

describe("an instance that is forgotten", () => {
  test("takes its label with it, once that is on record and not before", async () => {
    const { flow, call } = await world();
    call({ record: { dataClass: "internal", untrusted: true, effect: "read" } });
    const before = flow.snapshot(plain).instance;
    const gone = flow.forget(plain.instance);
    expect(gone.changes).toEqual([{ room: "label", key: `instance/${plain.instance}`, value: null }]);
    expect(flow.snapshot(plain).instance).toEqual(before);
    gone.apply();
    expect([before.label.class, flow.snapshot(plain).instance.label.class]).toEqual(["internal", "public"]);
    expect(flow.forget(plain.instance).changes).toEqual([]);
  });
});

describe("what was spent", () => {
  test("counts calls and amounts of the transaction, over all its agents, until it ends", async () => {
    const { flow, call, restart } = await world();
    call({ amount: 250 });
    call({ amount: 5, instance: "i2" });
    expect(flow.spent("t1")).toEqual({ amount: 255, calls: 2, rows: 0 });
    expect((await restart()).spent("t1")).toEqual({ amount: 255, calls: 2, rows: 0 });
    expect(flow.spent("t2").calls).toBe(0);
    const ended = flow.end("t1");
    // What was under way when it ended comes back, and leaves nothing that nobody would take away.
    expect(flow.answer(plain, { rows: 3 }, 0).changes).toEqual([]);
    expect(ended.map(({ room, value }) => [room, value])).toEqual([
      ["label", null],
      ["spent", null],
    ]);
    expect(flow.spent("t1").calls).toBe(0);
  });

  test("refuses a sum that no number holds", async () => {
    const { flow, call } = await world();
    call({ amount: Number.MAX_SAFE_INTEGER });
    expect(flow.permit({ ...plain, amount: 1 }, 0)).toBeUndefined();
  });
});

describe("what people said of an answer", () => {
  const high = { class: "internal", untrusted: true } as const;
  const low = { class: "internal", untrusted: false } as const;
  const task = { txn: "t1", instance: "i1", agent: "agent" };

  test("lowers transaction and instance to what was signed, by leaves that name the signature", async () => {
    const { flow, call } = await world();
    call({ record: { dataClass: "internal", untrusted: true, effect: "read" } });
    const change = flow.lower(task, { from: high, to: low }, "signature");
    expect(flow.snapshot(plain).instance.label).toEqual(high);
    change?.apply();
    expect(flow.snapshot(plain).transaction.label).toEqual(low);
    expect(flow.snapshot(plain).instance.label).toEqual(low);
    const bodies = change?.drafts.map((draft) => (typeof draft === "function" ? draft([]) : draft).body);
    expect(bodies).toEqual([
      { state: "transaction", ref: "t1", ...low, because: "signature" },
      { state: "instance", ref: "i1", ...low, because: "signature" },
    ]);
    expect(change?.changes.map(({ value }) => value)).toMatchObject([low, low]);
  });

  test("lowers nothing that carries anything else than was shown to them", async () => {
    const { flow, call } = await world();
    call({ record: { dataClass: "internal", untrusted: true, effect: "read" } });
    for (const from of [low, { class: "restricted", untrusted: true }] as const)
      expect(
        flow.lower(task, { from, to: { class: "public", untrusted: false } }, "signature"),
      ).toBeUndefined();
  });

  test("is held against a mark that any permit to either changes, and no other", async () => {
    const { flow, call } = await world();
    const marks = [flow.mark(task)];
    for (const more of [{ txn: "t2", instance: "i2" }, { instance: "i2" }, { txn: "t3" }]) {
      call(more);
      marks.push(flow.mark(task));
    }
    expect(marks[1]).toBe(marks[0]);
    expect(new Set(marks).size).toBe(3);
  });
});

describe("a sanitiser", () => {
  const sanitisedOutput = { type: "object", properties: { ok: { type: "boolean" } } } as const;

  test("carries its own class alone, and knows no store", async () => {
    const { flow, call } = await world();
    const record = { dataClass: "internal", untrusted: false, effect: "read", sanitisedOutput } as const;
    const dirty = { ...memory, store: { dataClass: "restricted", untrusted: true } } as const;
    expect(flow.snapshot(plain, { server: dirty, record }).store).toBeUndefined();
    call({ server: dirty, record });
    expect(flow.snapshot(plain).instance.label).toEqual({ class: "internal", untrusted: false });
  });
});
