import { readFileSync } from "node:fs";
import type { Leaf } from "@narrowgate/contracts";
import { expect, test } from "vitest";
import { GlassTokens } from "./glass-tokens.ts";

type Case = {
  readonly why: string;
  readonly holds: boolean;
  /** Members that the rule looks at, oldest first. */
  readonly leaves: readonly (Leaf<"token"> | Leaf<"release">)[];
};

const { tokens: cases }: { readonly tokens: readonly Case[] } = JSON.parse(
  readFileSync(new URL("../../../test/vectors/evidence-pack/contained.json", import.meta.url), "utf8"),
);

function faultsOf({ leaves }: Case): ReturnType<GlassTokens["faults"]> {
  const tokens = new GlassTokens();
  for (const leaf of leaves) {
    if (leaf.type === "token") tokens.takeToken(leaf);
    else tokens.takeGlass(leaf);
  }
  return tokens.faults();
}

test.each(cases)("judges $why as the vectors say", (one) => {
  expect(faultsOf(one).length === 0).toBe(one.holds);
});

test.each(cases)("judges $why alike where the tokens come first, newest first", ({ leaves, ...one }) => {
  const tokens = leaves.filter(({ type }) => type === "token").reverse();
  const glasses = leaves.filter(({ type }) => type === "release");
  expect(faultsOf({ ...one, leaves: [...tokens, ...glasses] }).length === 0).toBe(one.holds);
});

test("says where the newest of the tokens stands", () => {
  const one = cases.find(({ why }) => why === "two tokens, the first of them behind the end by nothing");
  const message = "a token does not keep to the time of its break-glass";
  expect(one === undefined ? undefined : faultsOf(one)).toEqual([{ index: 31, message }]);
});

test("keeps the deployments that tokens named, each once", () => {
  const tokens = new GlassTokens();
  for (const leaf of cases.flatMap(({ leaves }) => leaves)) if (leaf.type === "token") tokens.takeToken(leaf);
  expect(tokens.deployments).toBe(2);
});
