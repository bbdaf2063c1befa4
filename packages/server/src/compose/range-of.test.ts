import { expect, test } from "vitest";
import { rangeOf } from "./range-of.ts";

test("a reading of nothing is recorded as none of the first leaf on", () => {
  expect(rangeOf([])).toEqual({ from: 0, count: 0 });
});

test("a reading is recorded as its first leaf, in whatever order they were read, and how many there were", () => {
  expect(rangeOf([9, 4, 12])).toEqual({ from: 4, count: 3 });
});

test("a transaction of two hundred thousand leaves is read as one of three is", () => {
  const indexes = Array.from({ length: 200_000 }, (_, n) => 200_006 - n);
  expect(rangeOf(indexes)).toEqual({ from: 7, count: 200_000 });
});
