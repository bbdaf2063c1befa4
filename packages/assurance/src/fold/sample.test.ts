import { toBase64url } from "@narrowgate/kernel";
import { expect, test } from "vitest";
import { fixture, foldFixture } from "../self-test/fixture.ts";
import { isDrawn, isSampled, missBound, SAMPLE } from "./sample.ts";

/** A leaf id that begins with these two bytes. */
function idFrom(a: number, b: number): string {
  return toBase64url(Uint8Array.of(a, b, ...new Uint8Array(14).fill(255)));
}

test.each([
  [0, 0, 65_536, true],
  [0, 64, 64, true],
  [1, 0, 256, true],
  [0, 65, 64, false],
  [1, 0, 512, false],
  [255, 255, 1, true],
  [255, 255, 2, false],
])("the leaf whose id begins with %i and %i is drawn of %i leaves: %s", (a, b, oneIn, drawn) => {
  expect(isDrawn(idFrom(a, b), oneIn)).toBe(drawn);
});

test("no failure supports nothing where nothing was looked at, and about 3/n among more than three", () => {
  expect([0, 1, 3, 4, 300].map(missBound)).toEqual([1, 1, 1, 0.75, 0.01]);
});

test("the first leaves of an agent's day are sampled, and of those behind them only what is drawn", () => {
  const { known } = foldFixture([], fixture());
  const [entry] = fixture().entries;
  if (entry === undefined) throw new RangeError("a life has leaves");
  const isTaken = (before: number, id: string): boolean => {
    const today = { ...known.today, leaves: { "*": before } };
    const { agent: _, ...leaf } = { ...entry.leaf, id };
    return isSampled({ leaf, index: 0, known: { ...known, today } }, SAMPLE);
  };
  const [drawn, other] = [idFrom(0, 64), idFrom(0, 65)];
  expect([isTaken(0, other), isTaken(1999, other)]).toEqual([true, true]);
  expect([isTaken(2000, other), isTaken(2000, drawn)]).toEqual([false, true]);
});
