import { catalogue, type Entry } from "@narrowgate/assurance";
import { parseLeaf } from "@narrowgate/contracts";
import { randomId } from "@narrowgate/kernel";
import { expect, test } from "vitest";
import { LogFollower } from "./follow-log.ts";
import type { LogReader } from "./ports.ts";

const digest = randomId(32);
const writer = randomId();

function genesis(seq: number): Entry {
  const body = { origin_digest: digest, environment: "dev", log_key: digest };
  const link = { id: writer, prev: seq === 0 ? null : digest, seq };
  const leaf = parseLeaf({ at: 1000 + seq, body, id: randomId(), type: "genesis", v: 1, writer: link });
  return { leaf, index: seq };
}

/** A log of so many leaves; `pages` says what was read of it. */
function logOf(size: number, onPage: () => void = () => undefined) {
  const entries = Array.from({ length: size }, (_, i) => genesis(i));
  const pages: (readonly [number, number])[] = [];
  const log: LogReader = {
    origin: "log",
    size: () => size,
    async page(from, count) {
      pages.push([from, count]);
      onPage();
      return entries.slice(from, from + count);
    },
    open: async (leaves) => leaves.map(() => ({})),
    rootAt: async (at) => `root of ${at}`,
  };
  return { log, pages };
}

test("each leaf is taken once, in order, and none behind the head that was asked for", async () => {
  const { log, pages } = logOf(1500);
  const follower = new LogFollower(log, "evaluator", catalogue);
  await follower.catchUp(600);
  expect(follower.fold.size).toBe(600);
  await follower.catchUp(1500);
  await follower.catchUp(1500);
  expect(follower.fold.size).toBe(1500);
  expect(pages).toEqual([
    [0, 512],
    [512, 88],
    [600, 512],
    [1112, 388],
  ]);
});

test("stopping ends it with the page that is under way", async () => {
  const { log, pages } = logOf(5000, () => {
    if (pages.length === 2) follower.stop();
  });
  const follower = new LogFollower(log, "evaluator", catalogue);
  await follower.catchUp(5000);
  expect(pages).toHaveLength(2);
  expect(follower.fold.size).toBe(512);
});

test("a page that cannot be read fails whoever waits for it, and is read again the next time", async () => {
  let isBroken = true;
  const { log, pages } = logOf(1024, () => {
    if (pages.length === 2 && isBroken) throw new RangeError("the store is gone");
  });
  const follower = new LogFollower(log, "evaluator", catalogue);
  await expect(follower.catchUp(1024)).rejects.toThrow("the store is gone");
  isBroken = false;
  await follower.catchUp(1024);
  expect(follower.fold.size).toBe(1024);
});

test("other work gets its turn between pages", async () => {
  const { log } = logOf(3000);
  const follower = new LogFollower(log, "evaluator", catalogue);
  const seen = new Set<number>();
  const work = (): void => {
    seen.add(follower.fold.size);
    if (follower.fold.size < 3000) setImmediate(work);
  };
  setImmediate(work);
  await follower.catchUp(3000);
  expect(seen.size).toBeGreaterThan(3);
});
