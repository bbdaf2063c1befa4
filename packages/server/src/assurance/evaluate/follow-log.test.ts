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
    head: async () => ({ size, root: digest }),
    async page(from, count) {
      pages.push([from, count]);
      onPage();
      return entries.slice(from, from + count);
    },
    open: async () => ({}),
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
  const { log, pages } = logOf(5000, () => follower.stop());
  const follower = new LogFollower(log, "evaluator", catalogue);
  await follower.catchUp(5000);
  expect(pages).toHaveLength(1);
  expect(follower.fold.size).toBe(512);
});

test("other work gets its turn between pages", async () => {
  const { log, pages } = logOf(3000);
  const follower = new LogFollower(log, "evaluator", catalogue);
  const seen: number[] = [];
  const ticking = setInterval(() => seen.push(pages.length), 0);
  await follower.catchUp(3000);
  clearInterval(ticking);
  expect(new Set(seen).size).toBeGreaterThan(1);
});
