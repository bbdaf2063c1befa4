import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ContainedGlasses, type ContainmentLeaf } from "./contained-glasses.ts";

type Case = {
  readonly why: string;
  readonly holds: boolean;
  /** Members that the rule looks at, oldest first. */
  readonly leaves: readonly ContainmentLeaf[];
};

const { cases }: { readonly cases: readonly Case[] } = JSON.parse(
  readFileSync(new URL("../../../test/vectors/evidence-pack/contained.json", import.meta.url), "utf8"),
);

test.each(cases)("judges $why as the vectors say", ({ leaves, holds }) => {
  const glasses = new ContainedGlasses();
  const faults = [...leaves.map((leaf) => glasses.take(leaf)), glasses.finish()];
  expect(faults.every((fault) => fault === undefined)).toBe(holds);
});

test("says once what was left", () => {
  const leaves = cases.find(({ why }) => why === "an open break-glass that does not end")?.leaves ?? [];
  const again = cases[0]?.leaves.slice(1) ?? [];
  const glasses = new ContainedGlasses();
  const faults = [...leaves, ...again].map((leaf) => glasses.take(leaf));
  expect(faults.filter((fault) => fault !== undefined)).toHaveLength(1);
  expect(glasses.finish()).toBeUndefined();
});

test("says at which place the agent was stopped", () => {
  const leaves = cases.find(({ why }) => why === "an open break-glass that does not end")?.leaves ?? [];
  const glasses = new ContainedGlasses();
  for (const leaf of leaves) expect(glasses.take(leaf)).toBeUndefined();
  expect(glasses.finish()).toEqual({
    index: 20,
    message: "an agent was stopped, and its break-glass did not end with it",
  });
  expect(glasses.finish()).toBeUndefined();
});
