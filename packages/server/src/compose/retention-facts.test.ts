import { DatabaseSync } from "node:sqlite";
import type { KnownHolds } from "@narrowgate/assurance";
import { randomId, toBase64url } from "@narrowgate/kernel";
import { expect, onTestFinished, test } from "vitest";
import type { Evidence } from "../evidence/evidence.ts";
import { closing, decision, mandate } from "../evidence/fixtures/drafts.ts";
import { newInstance, START_MS, type TestInstance } from "../evidence/fixtures/instance.ts";
import type { Hold } from "../retention/index.ts";
import type { JudgedHead } from "./head-facts.ts";
import { BAND_DAYS, FETCHED_OF_A_BAND, RetentionTest } from "./retention-facts.ts";

const dayMs = 86_400_000;
const operator = randomId();
const nothingErased: KnownHolds = { placed: {}, standing: 0, erasures: 0, drawn: [] };

class House {
  readonly log: TestInstance;
  readonly evidence: Evidence;
  readonly holds: Hold[] = [];
  readonly test: RetentionTest;

  constructor(log: TestInstance, evidence: Evidence) {
    this.log = log;
    this.evidence = evidence;
    const { clock } = log;
    this.test = new RetentionTest({
      evidence,
      clock,
      days: () => ({ content: 400 }),
      holds: () => this.holds,
    });
  }

  /** A transaction that ended. */
  async work(agent: string = randomId(), leaves = 2): Promise<string> {
    const txn = this.evidence.openTransaction();
    const decided = Array.from({ length: leaves - 1 }, () =>
      decision(txn, agent, this.evidence.feedPosition()),
    );
    await this.evidence.record([mandate(txn, agent), ...decided, closing(txn, leaves)]).durable;
    return txn;
  }

  async erase(txn: string, rule = "on-request", request = "signed"): Promise<number> {
    const asked = request === "" ? {} : { request };
    const { leaves, durable } = await this.evidence.erase({
      txn,
      parts: ["content"],
      rule,
      operator,
      ...asked,
    });
    await durable;
    return leaves[0]?.index ?? -1;
  }

  async head(): Promise<JudgedHead> {
    const { size, root } = await this.evidence.freshCheckpoint();
    return { size, root: toBase64url(root) };
  }

  async facts(known = nothingErased) {
    return this.test.facts(await this.head(), known);
  }
}

async function opened(log: TestInstance): Promise<House> {
  const { evidence, store } = await log.open();
  onTestFinished(async () => {
    await evidence.close();
    await store.close();
  });
  return new House(log, evidence);
}

async function house(): Promise<House> {
  const log = await newInstance();
  onTestFinished(() => log.remove());
  return opened(log);
}

/** Changes the store behind the back of the log, which is open again afterwards. */
async function tampered({ log, evidence }: House, ...changes: readonly string[]): Promise<House> {
  await evidence.close();
  await evidence.store.close();
  const db = new DatabaseSync(log.storePath);
  for (const sql of changes) expect(db.prepare(sql).run().changes).toBeGreaterThan(0);
  db.close();
  return opened(log);
}

test("records of each age come back, at most so many, and ages of which there are none say so", async () => {
  const one = await house();
  await one.work(randomId(), 60);
  one.log.clock.advance(8 * dayMs);
  await one.work();
  const { bands, failed, at } = await one.facts();
  expect(failed).toEqual([]);
  expect(at).toBe(START_MS + 8 * dayMs);
  expect(bands.map(({ from_days }) => from_days)).toEqual(BAND_DAYS);
  const [young, day, week, ...older] = bands;
  expect(young?.records).toBe(young?.fetched);
  expect(day).toEqual({ from_days: 1, records: 0, fetched: 0, opened: 0, erased: 0 });
  expect(week?.records).toBeGreaterThan(60);
  expect(week?.fetched).toBeLessThanOrEqual(FETCHED_OF_A_BAND);
  expect(week?.fetched).toBeGreaterThan(8);
  expect(older.map(({ records }) => records)).toEqual([0, 0, 0]);
  expect((young?.records ?? 0) + (week?.records ?? 0)).toBe((await one.head()).size);
});

test("what is fetched follows from the head, and is fetched again after a day", async () => {
  const one = await house();
  await one.work();
  const first = await one.facts();
  await one.work();
  expect((await one.facts()).bands).toEqual(first.bands);
  one.log.clock.advance(dayMs);
  const later = await one.facts();
  expect(later.at).toBe(first.at + dayMs);
  expect(later.bands[0]?.records).toBe(0);
  expect(later.bands[1]?.records).toBeGreaterThan(first.bands[0]?.records ?? 0);
});

test("a part that went with an erasure is counted; one that went without is not whole", async () => {
  const one = await house();
  await one.erase(await one.work());
  await one.work();
  const facts = await one.facts();
  expect(facts).toMatchObject({ failed: [], days: { content: 400 }, holds: 0 });
  expect(facts.bands[0]?.erased).toBe(2);
  expect(facts.bands[0]?.opened).toBeLessThan(facts.bands[0]?.fetched ?? 0);
  expect(facts.bands[0]?.opened).toBeGreaterThan(0);
  expect(facts.rule_days).toBeUndefined();
  const two = await tampered(one, "DELETE FROM sealed WHERE key_id LIKE 'txn/%/inputs/%'");
  const { failed, bands } = await two.facts();
  expect(bands[0]?.erased).toBe(2);
  expect(failed.map(({ says }) => says)).toEqual([
    "its inputs is not there, and no erasure says why",
    "its inputs is not there, and no erasure says why",
  ]);
});

test.each([
  ["changed", '"feed":0', '"feed":7', "is not under the head"],
  ["broken", '"permit"', '"refuse"', "cannot be read"],
])("a leaf that was %s, and a part that was, do not come back", async (_, before, after, fault) => {
  const one = await house();
  // As many that the changed ones are in a full tile: what is not, is looked at when the log is opened.
  await one.work(randomId(), 280);
  one.log.clock.advance(dayMs);
  await one.work();
  const two = await tampered(
    one,
    `UPDATE entry SET leaf = CAST(replace(CAST(leaf AS TEXT), '${before}', '${after}') AS BLOB) WHERE idx < 250`,
    "UPDATE sealed SET ciphertext = zeroblob(64) WHERE key_id LIKE 'txn/%/proof/%'",
  );
  const { failed } = await two.facts();
  const says = failed.map((found) => found.says);
  expect(says.some((word) => word.includes(fault))).toBe(true);
  // A result names leaves by their ids, or not at all.
  expect(failed.map(({ entry = randomId() }) => entry).every((entry) => /^[\w-]{22}$/.test(entry))).toBe(
    true,
  );
  expect(says.some((word) => word.startsWith("a part does not open"))).toBe(true);
});

test.each([
  [
    "before its time",
    20,
    "",
    ["its content went under the rule retention.content.30d when it was 20 days old"],
  ],
  ["in time", 31, "", []],
  ["because somebody asked, by whatever rule", 20, "signed", []],
])("what went by age %s", async (_, days, request, faults) => {
  const one = await house();
  const txn = await one.work(randomId(), 1);
  one.log.clock.advance(days * dayMs);
  await one.erase(txn, "retention.content.30d", request);
  const { failed, rule_days } = await one.facts();
  expect(failed.map(({ says }) => says)).toEqual(faults);
  // Settings may say something else by now.
  expect(rule_days).toBe(request === "" ? 30 : undefined);
});

test.each([
  ["of its agent", (agent: string) => ({ kind: "agent", id: agent, name: "a" }) as const, true],
  ["of another agent", () => ({ kind: "agent", id: randomId(), name: "b" }) as const, false],
  ["of its time", () => ({ kind: "time", from: START_MS - 5, to: START_MS + 5 }) as const, true],
  [
    "of the time of its erasure",
    () => ({ kind: "time", from: START_MS + dayMs, to: START_MS + 9 * dayMs }) as const,
    false,
  ],
])("what was erased while a hold %s stood", async (_, scopeOf, isBroken) => {
  const one = await house();
  const agent = randomId();
  const txn = await one.work(agent);
  one.log.clock.advance(2 * dayMs);
  const index = await one.erase(txn);
  const hold: Hold = {
    id: randomId(),
    scope: scopeOf(agent),
    reason: "x",
    by: operator,
    atMs: START_MS,
    entry: randomId(),
  };
  one.holds.push(hold);
  const drawn = [{ entry: randomId(), index, txn }];
  const held = (from: number, to?: number): KnownHolds => ({
    placed: { [hold.id]: to === undefined ? { from } : { from, to } },
    standing: 1,
    erasures: 1,
    drawn,
  });
  const facts = await one.facts(held(1));
  expect(facts).toMatchObject({ holds: 1, erasures: 1, looked: 1 });
  expect(facts.failed.map(({ says }) => says)).toEqual(
    isBroken ? [`erased while hold ${hold.id} was over it`] : [],
  );
});

test.each([
  ["ended before", (index: number) => ({ from: 1, to: index - 1 })],
  ["was placed behind it", (index: number) => ({ from: index + 1 })],
])("a hold that %s was not broken", async (_, placed) => {
  const one = await house();
  const txn = await one.work();
  const index = await one.erase(txn);
  const scope = { kind: "txn", id: txn, name: txn } as const;
  const hold: Hold = { id: randomId(), scope, reason: "x", by: operator, atMs: START_MS, entry: randomId() };
  one.holds.push(hold);
  const drawn = [{ entry: randomId(), index, txn }];
  const known = { placed: { [hold.id]: placed(index) }, standing: 1, erasures: 1, drawn };
  expect((await one.facts(known)).failed).toEqual([]);
});

test("a hold of the log that is lost, and an erasure under a hold that cannot be looked at, are found", async () => {
  const one = await house();
  await one.work();
  const drawn = [{ entry: randomId(), index: 1, txn: "none" }];
  const known = { placed: { lost: { from: 1 } }, standing: 1, erasures: 1, drawn };
  expect((await one.facts(known)).failed).toEqual([
    { says: "hold lost stands in the log, and is not known here" },
    { entry: drawn[0]?.entry, says: "what was erased while a hold stood cannot be read: not_found" },
  ]);
});
