import type { LeafDraft, SealedPart } from "@narrowgate/contracts";
import { isNarrowgateError, manualClock, randomId } from "@narrowgate/kernel";
import { beforeEach, describe, expect, test } from "vitest";
import { HOLD_ROOM } from "./hold.ts";
import type { AboutTransaction, RetentionPorts, RetentionRules } from "./ports.ts";
import { Retention } from "./retention.ts";

const DAY = 86_400_000;
const START = 1_795_000_000_000;
const request = { operator: "O".repeat(22), jws: "signed.by.test" };
const all: readonly SealedPart[] = ["content", "inputs", "proof"];

type Recorded = { about: AboutTransaction; parts: SealedPart[] };

/** A log of transactions in memory; what the room is held to is its own rules, and the log's are tested with it elsewhere. */
class Work {
  readonly clock = manualClock(START);
  readonly leaves: LeafDraft[] = [];
  readonly rows = new Map<string, unknown>();
  readonly log = new Map<string, Recorded>();
  readonly erased: { readonly txn: string; readonly rule: string; readonly request?: string }[] = [];
  rules: RetentionRules | undefined;
  /** Runs between the last look and the erasure. */
  between: () => Promise<void> = async () => undefined;

  add(txn: string, more: Partial<AboutTransaction> = {}): void {
    const nobody = { agents: new Set<string>(), subjects: new Set<string>() };
    const about = { txn, ...nobody, firstMs: START, lastMs: START, isClosed: true, ...more };
    this.log.set(txn, { about, parts: [...all] });
  }

  #of(txn: string): Recorded {
    const found = this.log.get(txn);
    if (found === undefined) throw new RangeError("there is no such transaction");
    return found;
  }

  open(): Promise<Retention> {
    const { clock, log } = this;
    const ports: RetentionPorts = {
      clock,
      rules: async () => this.rules,
      evidence: {
        record: (drafts, changes = []) => {
          for (const draft of drafts) if (typeof draft !== "function") this.leaves.push(draft);
          for (const { key, value } of changes) this.rows.set(key, JSON.parse(JSON.stringify(value)));
          return { leaves: [], durable: Promise.resolve() };
        },
      },
      state: {
        get: async () => null,
        scan: async (room) =>
          room === HOLD_ROOM
            ? [...this.rows].map(([key, value]) => ({ key, value: JSON.parse(JSON.stringify(value)) }))
            : [],
      },
      work: {
        about: async (txn) => this.#of(txn).about,
        left: async (txn, parts) => this.#of(txn).parts.filter((part) => parts.includes(part)),
        async *endedBefore(ms) {
          for (const { about } of log.values())
            if (about.isClosed && about.firstMs < ms) yield { id: about.txn, lastMs: about.lastMs };
        },
        erase: async ({ txn, parts, rule, request: jws, guard }) => {
          await this.between();
          guard();
          const found = this.#of(txn);
          found.parts = found.parts.filter((part) => !parts.includes(part));
          this.erased.push({ txn, rule, ...(jws === undefined ? {} : { request: jws }) });
        },
      },
    };
    return Retention.open(ports);
  }
}

let work: Work;
let retention: Retention;
beforeEach(async () => {
  work = new Work();
  retention = await work.open();
});

const codeOf = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => "ok",
    (error: unknown) => (isNarrowgateError(error) ? error.code : String(error)),
  );
const wish = { parts: all, rule: "on-request" };

describe("a hold", () => {
  test.each([
    ["of a transaction", { kind: "txn", id: "t", name: "t" }],
    ["of an agent", { kind: "agent", id: "a", name: "clerk" }],
    ["of a person", { kind: "person", id: "p", name: "ada" }],
    ["of a time", { kind: "time", from: START - 1, to: START + 1 }],
  ] as const)("%s keeps what it is over, and nothing else", async (_, scope) => {
    work.add("t", { agents: new Set(["a"]), subjects: new Set(["p"]) });
    work.add("u", { firstMs: START + 10, lastMs: START + 20 });
    const { id } = await retention.holds.place({ scope, reason: "claim" }, request);
    expect(await codeOf(retention.erase("t", wish, request))).toBe("under_hold");
    expect(await codeOf(retention.erase("u", wish, request))).toBe("ok");
    await retention.holds.end(id, "settled", request);
    expect(await codeOf(retention.erase("t", wish, request))).toBe("ok");
  });

  test.each([
    ["ends as the time begins", -5, 0, true],
    ["begins as the time ends", 10, 15, true],
    ["goes on all the time", -5, 15, true],
    ["is over before", -5, -1, false],
    ["begins after", 11, 15, false],
  ])("of a time is over what %s: %s", async (_, first, last, held) => {
    work.add("t", { firstMs: START + first, lastMs: START + last });
    await retention.holds.place(
      { scope: { kind: "time", from: START, to: START + 10 }, reason: "x" },
      request,
    );
    expect(await codeOf(retention.erase("t", wish, request))).toBe(held ? "under_hold" : "ok");
  });

  test("that is placed in the last moment is not too late", async () => {
    work.add("t");
    const scope = { kind: "txn", id: "t", name: "t" } as const;
    work.between = async () => {
      await retention.holds.place({ scope, reason: "just now" }, request);
    };
    expect(await codeOf(retention.erase("t", wish, request))).toBe("under_hold");
    expect(work.erased).toEqual([]);
  });

  test("is a registration, created and retired, with what it says sealed", async () => {
    const scope = { kind: "person", id: randomId(), name: "ada" } as const;
    const { id } = await retention.holds.place({ scope, reason: "claim" }, request);
    await retention.holds.end(id, "settled", request);
    expect(work.leaves.map(({ type, body }) => ({ type, ...body }))).toEqual([
      { type: "registry", action: "created", kind: "hold", ref: id, version: 1, operator: request.operator },
      { type: "registry", action: "retired", kind: "hold", ref: id, version: 2, operator: request.operator },
    ]);
    expect(JSON.stringify(work.leaves.map(({ body }) => body))).not.toContain("ada");
    expect(work.leaves[1]?.content).toMatchObject({ document: { scope, ended: { reason: "settled" } } });
    expect(work.leaves.map(({ proof }) => proof)).toEqual([
      { request: request.jws },
      { request: request.jws },
    ]);
  });

  test("stands after a restart, and is ended once", async () => {
    work.add("t");
    const scope = { kind: "txn", id: "t", name: "t" } as const;
    const { id } = await retention.holds.place({ scope, reason: "claim" }, request);
    retention = await work.open();
    expect(await codeOf(retention.erase("t", wish, request))).toBe("under_hold");
    await retention.holds.end(id, "settled", request);
    retention = await work.open();
    expect(retention.holds.list()).toMatchObject([{ id, reason: "claim", ended: { reason: "settled" } }]);
    expect(await codeOf(retention.holds.end(id, "again", request))).toBe("conflict");
    expect(await codeOf(retention.holds.end("x", "again", request))).toBe("not_found");
  });
});

describe("an erasure", () => {
  test("is of a transaction that has ended, once for each part, with the request of who asked", async () => {
    work.add("t");
    work.add("open", { isClosed: false });
    expect(await codeOf(retention.erase("open", wish, request))).toBe("conflict");
    expect(await retention.erase("t", { parts: ["inputs"], rule: "r" }, request)).toEqual(["inputs"]);
    expect(await retention.erase("t", wish, request)).toEqual(["content", "proof"]);
    expect(await retention.erase("t", wish, request)).toEqual([]);
    expect(work.erased).toEqual([
      { txn: "t", rule: "r", request: request.jws },
      { txn: "t", rule: "on-request", request: request.jws },
    ]);
  });

  test("of a person leaves what is held, and goes on where it was cut short", async () => {
    const subjects = new Set(["p"]);
    for (const txn of ["a", "b", "c"]) work.add(txn, { subjects });
    work.add("other");
    await retention.holds.place({ scope: { kind: "txn", id: "b", name: "b" }, reason: "x" }, request);
    let left = 1;
    work.between = async () => {
      if (left-- === 0) throw new RangeError("the store is gone");
    };
    expect(await codeOf(retention.eraseOf("p", wish, request))).toContain("the store is gone");
    work.between = async () => undefined;
    expect(await retention.eraseOf("p", wish, request)).toEqual({ erased: 1, held: 1, open: 0 });
    expect(await retention.eraseOf("p", wish, request)).toEqual({ erased: 0, held: 1, open: 0 });
    expect(work.log.get("other")?.parts).toEqual(all);
  });
});

describe("retention", () => {
  test("keeps everything where nobody said for how long", async () => {
    work.add("t", { firstMs: 1, lastMs: 1 });
    expect(await retention.sweep()).toBe(0);
  });

  test("erases each part when its own time is over, but for what is held, and names the rule", async () => {
    work.rules = { operator: "O".repeat(22), days: { content: 10, proof: 20 } };
    work.add("old");
    work.add("held");
    work.add("long", { lastMs: START + 5 * DAY });
    await retention.holds.place({ scope: { kind: "txn", id: "held", name: "held" }, reason: "x" }, request);
    work.clock.advance(10 * DAY);
    expect(await retention.sweep()).toBe(0);
    work.clock.advance(1);
    expect(await retention.sweep()).toBe(1);
    expect(work.log.get("old")?.parts).toEqual(["inputs", "proof"]);
    work.clock.advance(10 * DAY);
    expect(await retention.sweep()).toBe(2);
    expect(work.erased).toEqual([
      { txn: "old", rule: "retention.content.10d" },
      { txn: "long", rule: "retention.content.10d" },
      { txn: "old", rule: "retention.proof.20d" },
    ]);
    expect(work.log.get("held")?.parts).toEqual(all);
  });

  test("goes on in the next pass where there is much, and begins nothing once it is closed", async () => {
    work.rules = { operator: "O".repeat(22), days: { content: 1 } };
    for (let i = 0; i < 700; i++) work.add(`t${i}`);
    work.clock.advance(2 * DAY);
    expect(await Promise.all([retention.sweep(), retention.sweep()])).toEqual([500, 200]);
    work.add("more");
    await retention.close();
    expect(await retention.sweep()).toBe(0);
  });
});
