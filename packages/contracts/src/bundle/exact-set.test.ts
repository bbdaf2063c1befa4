import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseLeaf } from "../evidence/leaf.ts";
import { parseInputsOpening, parseSealedOpening } from "../evidence/openings.ts";
import { exactSet } from "./exact-set.ts";
import type { HeldLeaf } from "./leaf-reasons.ts";

interface Vectors {
  readonly txn: string;
  readonly entries: readonly {
    readonly name: string;
    readonly leaf: unknown;
    readonly openings: { readonly proof?: unknown; readonly inputs?: unknown; readonly content?: unknown };
  }[];
  readonly cases: readonly {
    readonly without: readonly string[];
    readonly needed: readonly string[];
    readonly lacking: number;
  }[];
}

const file = new URL("../../../../test/vectors/evidence/exact-set.json", import.meta.url);
const { txn, entries, cases }: Vectors = JSON.parse(readFileSync(file, "utf8"));

function heldOf({ leaf: value, openings }: Vectors["entries"][number]): HeldLeaf {
  const leaf = parseLeaf(value);
  const { proof, inputs, content } = openings;
  return {
    leaf,
    openings: {
      ...(proof === undefined ? {} : { proof: parseSealedOpening(leaf.type, "proof", proof) }),
      ...(inputs === undefined ? {} : { inputs: parseInputsOpening(inputs) }),
      ...(content === undefined ? {} : { content: parseSealedOpening(leaf.type, "content", content) }),
    },
  };
}

describe("the leaves that belong into a bundle", () => {
  test.each(cases)(
    "are those something rests on, in hand without $without",
    ({ without, needed, lacking }) => {
      const kept = entries.filter(({ name }) => !without.includes(name));
      const found = exactSet({ leaves: kept.map(heldOf), txn, erasures: [] });
      expect(
        entries.filter(({ leaf }) => found.needed.has(parseLeaf(leaf).id)).map(({ name }) => name),
      ).toEqual(needed);
      expect(found.lacking).toHaveLength(lacking);
    },
  );
});

test("a damaged token or request names nothing, and asks for nothing", () => {
  const spoilt = entries.map((entry) => {
    const held = heldOf(entry);
    const { proof } = held.openings;
    const members = Object.keys(proof ?? {}).filter((name) => name !== "salt");
    const bad = Object.fromEntries(members.map((name, i) => [name, i % 2 === 0 ? "e30.!" : "#"]));
    return proof === undefined
      ? held
      : { ...held, openings: { ...held.openings, proof: { ...proof, ...bad } } };
  });
  const { needed, lacking } = exactSet({ leaves: spoilt, txn, erasures: [] });
  const types = spoilt.filter(({ leaf }) => needed.has(leaf.id)).map(({ leaf }) => leaf.type);
  expect(types).not.toContain("key");
  expect(types).not.toContain("operator");
  expect(lacking).toEqual([]);
});
