import { isNarrowgateError, NarrowgateError, randomId } from "@narrowgate/kernel";
import { expect, test } from "vitest";
import { logForEachTest } from "../../test/evidence/log-for-each-test.ts";
import { readAgentLeaves } from "./export/agent-leaves.ts";
import { closing, decision, mandate } from "./fixtures/drafts.ts";
import { START_MS } from "./fixtures/instance.ts";
import { OpeningReader } from "./openings.ts";
import { partsLeft, transactionFacts, transactionsBefore } from "./recorded-work.ts";

const log = logForEachTest();
const operator = randomId();

/** A mandate, a refusal, and the end of them where it is wanted. */
async function recorded(agent: string, isClosed = true): Promise<string> {
  const { evidence } = log;
  const txn = evidence.openTransaction();
  await evidence.record([mandate(txn, agent), decision(txn, agent, evidence.feedPosition())]).durable;
  log.instance.clock.advance(10);
  if (isClosed) await evidence.record([closing(txn, 2)]).durable;
  return txn;
}

const codeOf = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => "ok",
    (error: unknown) => (isNarrowgateError(error) ? error.code : String(error)),
  );

test("public leaves say whom a transaction is about, from when to when, and whether it has ended", async () => {
  const agent = randomId();
  const [closed, open] = [await recorded(agent), await recorded(agent, false)];
  const about = await transactionFacts(log.store, closed);
  expect(about).toMatchObject({ txn: closed, firstMs: START_MS, lastMs: START_MS + 10, isClosed: true });
  expect([...about.agents]).toEqual([agent]);
  expect(about.subjects.size).toBe(1);
  expect((await transactionFacts(log.store, open)).isClosed).toBe(false);
  expect(await codeOf(transactionFacts(log.store, `${randomId()}.${randomId()}`))).toBe("not_found");
});

test("transactions that began before an instant are given youngest first, page by page", async () => {
  const agent = randomId();
  const all: string[] = [];
  for (let i = 0; i < 3; i++) all.push(await recorded(agent));
  const before = async (ms: number): Promise<readonly string[]> => {
    const found: string[] = [];
    for await (const { id } of transactionsBefore(log.store, ms)) found.push(id);
    return found;
  };
  expect(await before(START_MS + 1_000)).toEqual([...all].reverse());
  expect(await before(START_MS + 10)).toEqual(all.slice(0, 1));
  expect(await before(START_MS)).toEqual([]);
});

test("parts are left until they are erased, and who asked for it stays readable", async () => {
  const txn = await recorded(randomId());
  expect(await partsLeft(log.store, txn)).toEqual(["content", "inputs", "proof"]);
  const order = { txn, parts: ["content", "proof"] as const, rule: "r", operator, request: "signed" };
  const { leaves, durable } = await log.evidence.erase(order);
  await durable;
  expect(await partsLeft(log.store, txn)).toEqual(["inputs"]);
  expect(await partsLeft(log.store, txn, ["content"])).toEqual([]);
  const reader = new OpeningReader(log.store, log.instance.custody.keyEncryption);
  const [erasure] = leaves;
  expect(
    JSON.parse((await reader.open(erasure?.index ?? -1, erasure?.id ?? "")).proof ?? "{}"),
  ).toMatchObject({
    request: "signed",
  });
});

test("a guard that refuses in the last moment leaves everything, and no leaf", async () => {
  const txn = await recorded(randomId());
  const { size } = log.evidence.durable;
  const guard = (): never => {
    throw new NarrowgateError("under_hold", "it is held");
  };
  const order = { txn, parts: ["content"] as const, rule: "r", operator, guard };
  expect(await codeOf(log.evidence.erase(order))).toBe("under_hold");
  await log.evidence.flush();
  expect(log.evidence.durable.size).toBe(size);
  expect(await partsLeft(log.store, txn)).toEqual(["content", "inputs", "proof"]);
});

test("the leaves of an agent are read back along its chain, and the reading is on record", async () => {
  const agent = randomId();
  await recorded(agent);
  await recorded(randomId());
  await recorded(agent);
  const from = (await log.store.head("agent", agent))?.index ?? -1;
  const auditor = { auditor: operator, request: "signed" };
  const page = await readAgentLeaves(log.evidence, { ref: agent, from, count: 3 }, auditor);
  const rest = await readAgentLeaves(log.evidence, { ref: agent, from: page.next ?? -1, count: 3 }, auditor);
  const seqs = [...page.leaves, ...rest.leaves].map((leaf) => JSON.parse(leaf).agent.seq);
  expect(seqs).toEqual([3, 2, 1, 0]);
  expect(rest.next).toBeUndefined();
  const { size } = await log.store.tree();
  const [row] = await log.store.entries(size - 1, 1);
  expect(JSON.parse(Buffer.from(row?.leaf ?? "").toString("utf8"))).toMatchObject({
    type: "read",
    body: { auditor: operator, count: 1, what: "entries" },
  });
  const another = { ref: randomId(), from, count: 3 };
  expect(await codeOf(readAgentLeaves(log.evidence, another, auditor))).toBe("not_found");
});
