import { catalogue, controls, createFold, type Entry, EVALUATOR_DIGEST } from "@narrowgate/assurance";
import { parseLeaf } from "@narrowgate/contracts";
import { randomId } from "@narrowgate/kernel";
import { expect, test } from "vitest";
import { type FoldKeeper, openEvaluator } from "./evaluate-log.ts";
import { LogFollower, restoreFollower } from "./follow-log.ts";
import type { LogReader, NamedLeaf, OpenedLeaf } from "./ports.ts";

const digest = randomId(32);
const writer = randomId();
const agent = randomId();
const window = { from: 0, to: 86_400_000 };
const identity = { evaluator: EVALUATOR_DIGEST, catalogue, build: "this" };

/** A transaction of one call: decided, dispatched, answered, closed. */
function transaction(nth: number): readonly Entry[] {
  const [decision, txn] = [randomId(), `${randomId()}.${randomId()}`];
  const permit = { action: "call", feed: 0, policy: digest, procedure: digest, verdict: "permit" };
  const bodies = {
    decision: permit,
    dispatch: { decision, digest, server: writer },
    outcome: { decision, held_ms: 1, status: "ok" },
    closing: { entries: 3 },
  };
  return Object.entries(bodies).map(([type, body], i) => {
    const index = 4 * nth + i;
    const link = { prev: digest, seq: index + 1 };
    const leaf = parseLeaf({
      ...(type === "closing" ? {} : { agent: { id: agent, ...link } }),
      at: 1_000_000 + index,
      body,
      id: type === "decision" ? decision : randomId(),
      txn: { id: txn, ...link },
      type,
      v: 1,
      writer: { id: writer, ...link },
    });
    return { leaf, index };
  });
}

const entries = Array.from({ length: 450 }, (_, nth) => transaction(nth)).flat();
const inputsOf = (operation: string): OpenedLeaf => ({
  inputs: [{ path: "/call", value: { server: "safe", kind: "tool", name: operation } }],
});

/** The log, of which every part opens; `asked` says what was to be opened, and `pages` what was read. */
function logOf(size: number = entries.length, onPage: () => void = () => undefined, of = entries) {
  const asked: (readonly NamedLeaf[])[] = [];
  const pages: number[] = [];
  const log: LogReader = {
    origin: "log",
    size: () => size,
    async page(from, count) {
      pages.push(from);
      if (pages.length > 9) expect.unreachable("there is no more to read");
      onPage();
      return of.slice(from, Math.min(size, from + count));
    },
    async open(leaves) {
      asked.push(leaves);
      return leaves.map(({ index }) => inputsOf(`read-${index % 3}`));
    },
    rootAt: async (at) => `root of ${at}`,
  };
  return { log, asked, pages };
}

/** Keeps nothing, and says how many leaves would have been kept. */
const keptNowhere = (saved: number[] = []): FoldKeeper => ({
  load: async () => undefined,
  async save(text) {
    saved.push(JSON.parse((await text()).split("\n")[0] ?? "").size);
  },
});

const followerOf = (log: LogReader): LogFollower => new LogFollower(log, identity.evaluator, catalogue);

/** What controls know when they are shown every leaf with all that opens of it. */
function foldedByHand(size: number): string {
  const key = { ...JSON.parse(followerOf(logOf().log).fold.save()).key };
  const fold = createFold(controls, key);
  for (const entry of entries.slice(0, size))
    fold.take(entry, ({ index, part }) => inputsOf(`read-${index % 3}`)[part]);
  return fold.save();
}

test("controls are shown what opens, wherever the pages of the log end", async () => {
  const { log } = logOf();
  const follower = followerOf(log);
  // Ends between a permit and its dispatch: what the dispatch wants is known before its page.
  for (const size of [1, 6, 401, entries.length]) await follower.catchUp(size);
  expect(follower.fold.save()).toBe(foldedByHand(entries.length));
});

test("what an agent did is counted by what opens, and by transactions that ended", async () => {
  const { log } = logOf();
  const follower = followerOf(log);
  await follower.catchUp(entries.length);
  const { calls, ok, opened, used } = follower.workOf(agent, window);
  expect({ calls, ok, opened }).toEqual({ calls: 450, ok: 450, opened: 450 });
  expect(used.map(({ name, calls: times }) => [name, times])).toEqual(
    [0, 1, 2].map((n) => [`safe/tool/read-${n}`, 150]),
  );
  expect(follower.transactionsOf(agent, window)).toMatchObject({ closed: 450, completed: 450 });
});

test("nothing is opened twice, and nothing where nothing is wanted", async () => {
  const { log, asked } = logOf();
  const follower = followerOf(log);
  await follower.catchUp(1);
  expect(asked).toEqual([]);
  await follower.catchUp(entries.length);
  const ids = asked.flat().map(({ id }) => id);
  expect(asked.every((leaves) => leaves.length > 0)).toBe(true);
  expect([ids.length, new Set(ids).size]).toEqual([450, 450]);
});

test("what is wanted of a page by what is known before it is opened at once", async () => {
  const [[permit, sent], [permit2, sent2]] = [transaction(0), transaction(1)];
  const order = [permit, permit2, sent, sent2].map((entry) => entry ?? expect.unreachable());
  const { log, asked } = logOf(
    4,
    () => undefined,
    order.map(({ leaf }, index) => ({ leaf, index })),
  );
  const follower = followerOf(log);
  await follower.catchUp(2);
  await follower.catchUp(4);
  expect(asked).toEqual([[0, 1].map((index) => ({ id: order[index]?.leaf.id, index }))]);
});

test("a log that ends before the head it is folded to fails whoever waits", async () => {
  const { log, pages } = logOf(8);
  const evaluator = await openEvaluator(log, identity, keptNowhere());
  await expect(evaluator.catchUp(20)).rejects.toMatchObject({
    code: "verification_failed",
    detail: "no leaf 8",
  });
  expect(pages).toEqual([0, 8]);
});

test("closing keeps what was taken by then, and ends it with the page that is under way", async () => {
  const saved: number[] = [];
  let closing: Promise<void> | undefined;
  const { log, pages } = logOf(entries.length, () => {
    if (pages.length === 3) closing = evaluator.close();
  });
  const evaluator = await openEvaluator(log, identity, keptNowhere(saved));
  await evaluator.catchUp(entries.length);
  await closing;
  await evaluator.catchUp(entries.length);
  expect([saved, pages]).toEqual([[512], [0, 512, 1024]]);
});

test("what was kept in another form than this one is not gone on with", async () => {
  const { log } = logOf();
  const follower = followerOf(log);
  await follower.catchUp(4);
  const text = await follower.save("this");
  expect((await restoreFollower(log, identity, text))?.fold.size).toBe(4);
  expect(await restoreFollower(log, identity, text.replace('"v":1', '"v":2'))).toBeUndefined();
});
