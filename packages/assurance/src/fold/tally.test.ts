import { MAX_NAMED } from "@narrowgate/contracts";
import { describe, expect, test } from "vitest";
import { idFor, STORY_BEGINS, type StoredEntry, Story } from "../self-test/story.ts";
import type { Entry } from "./seen.ts";
import { count, emptyTally, type Observation, ofEach, sum, type Tally } from "./tally.ts";

const day = 86_400_000;
const midnight = Math.ceil(STORY_BEGINS / day) * day;

/** A leaf at an instant, by its index. */
function leafAt(at: number, index: number): Entry {
  const story = new Story();
  story.tell(`leaf ${index}`, {
    type: "closing",
    body: { entries: 0 },
    after: at - story.now,
  });
  const [{ leaf }] = story.entries as [StoredEntry];
  return { leaf, index };
}

/** So many leaves are looked at, from this place on, and one observation is made of each. */
function counted(
  tally: Tally,
  n: number,
  observed: Observation = {},
  { at = midnight, first = 0 }: { readonly at?: number; readonly first?: number } = {},
): Tally {
  for (let i = 0; i < n; i++) count(tally, leafAt(at, first + i), observed);
  return tally;
}

const today = { from: midnight, to: midnight };
const indexes = (tally: Tally): number[] => sum(tally, "a", today).evidence.map(({ index }) => index);

describe("of the leaves that were looked at on a day, evidence names", () => {
  test.each([
    [1, [0]],
    [4, [0, 1, 2, 3]],
    [63, [0, 1, 2, 3]],
    [64, [1, 2, 3, 63]],
    [200, [3, 63, 127, 191]],
  ])("of %i the first four, and every 64th in the place of the oldest", (n, named) => {
    expect(indexes(counted(emptyTally(), n))).toEqual(named);
  });

  test("those of the agent and of the plane in the order of the log", () => {
    const tally = counted(emptyTally(), 3, { agent: "a" }, { first: 3 });
    counted(tally, 3);
    counted(tally, 1, { agent: "a" }, { first: 6 });
    expect(indexes(tally)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  test("the newest alone, where many days have some", () => {
    const tally = emptyTally();
    for (let i = 0; i < 10; i++) counted(tally, 4, {}, { at: midnight + i * day, first: i * 4 });
    const { evidence } = sum(tally, "a", { from: midnight, to: midnight + 9 * day });
    expect(evidence.map(({ index }) => index)).toEqual(Array.from({ length: MAX_NAMED }, (_, i) => i + 8));
  });
});

test("a window takes the whole of its first and its last day, and nothing beside them", () => {
  const tally = emptyTally();
  for (const at of [-1, 0, day, 2 * day, 3 * day - 1, 3 * day]) counted(tally, 1, {}, { at: midnight + at });
  const populationIn = (from: number, to: number): number =>
    sum(tally, "a", { from: midnight + from, to: midnight + to }).population;
  expect(populationIn(0, 2 * day)).toBe(4);
  expect(populationIn(day - 1, 3 * day - 1)).toBe(4);
  expect(populationIn(day, day)).toBe(1);
});

test("what cannot be decided is gone only where a part is not there", () => {
  const tally = counted(emptyTally(), 1, { undecided: true, isGone: true });
  counted(tally, 2, { undecided: true, isGone: false });
  counted(tally, 4, { isGone: true });
  expect(sum(tally, "a", today)).toMatchObject({ population: 7, decided: 4, gone: 1 });
});

test("counter-examples are all counted, and so many named", () => {
  const tally = counted(emptyTally(), MAX_NAMED + 8, { agent: "a", breaks: "wrong" });
  expect(Object.values(tally.agents.a ?? {})[0]?.violations).toHaveLength(MAX_NAMED);
  counted(tally, 5, { breaks: "wrong as well" });
  const { violations, violationsInAll } = sum(tally, "a", today);
  expect(violationsInAll).toBe(MAX_NAMED + 13);
  expect(violations).toHaveLength(MAX_NAMED);
  expect(violations[0]).toEqual({ entry: idFor("leaf 0"), says: "wrong" });
});

test("an observation is of each agent that takes part, once, and of the plane where none is known", () => {
  expect(ofEach(["a", undefined, "b", "a"], { undecided: true })).toEqual([
    { agent: "a", undecided: true },
    { agent: "b", undecided: true },
  ]);
  expect(ofEach([undefined], { undecided: true })).toEqual({ undecided: true });
});
