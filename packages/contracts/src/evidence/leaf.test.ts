import { readFileSync } from "node:fs";
import { canonicalBytes, isNarrowgateError, type JsonObject, type JsonValue, utf8 } from "@narrowgate/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LEAF_TYPES } from "./draft.ts";
import { formatLeaf, parseLeaf, parseLeafBytes } from "./leaf.ts";

interface LeafVectors {
  readonly accepted: readonly { readonly name: string; readonly type: string; readonly leaf: JsonObject }[];
  readonly refused: readonly { readonly name: string; readonly rule: string; readonly leaf: JsonValue }[];
  readonly refused_bytes: readonly { readonly name: string; readonly rule: string; readonly text: string }[];
}

const vectors: LeafVectors = JSON.parse(
  readFileSync(new URL("../../../../test/vectors/evidence/leaf.json", import.meta.url), "utf8"),
);

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return isNarrowgateError(error) ? error.code : `not ours: ${error}`;
  }
  return "nothing thrown";
}

describe("a leaf", () => {
  test.each(vectors.accepted)("is accepted: $name", ({ leaf }) => {
    const bytes = canonicalBytes(leaf);
    expect(formatLeaf(parseLeafBytes(bytes))).toEqual(bytes);
  });

  test.each(vectors.refused)("is refused: $name", ({ leaf }) => {
    expect(codeOf(() => parseLeaf(leaf))).toBe("malformed_input");
  });

  test.each(vectors.refused_bytes)("is refused as bytes: $name", ({ text }) => {
    expect(codeOf(() => parseLeafBytes(utf8(text)))).toMatch(/^malformed_/);
  });

  test("has an accepted vector of every type", () => {
    expect([...new Set(vectors.accepted.map(({ type }) => type))].sort()).toEqual([...LEAF_TYPES].sort());
  });

  test("of every type refuses any further member, at every level", () => {
    for (const { leaf } of vectors.accepted) {
      for (const path of ["", "body", "writer", "txn", "agent", "sealed"]) {
        const copy: { [key: string]: JsonValue } = structuredClone(leaf) as never;
        const target = path === "" ? copy : copy[path];
        if (typeof target !== "object" || target === null) continue;
        Object.assign(target, { extra: 1 });
        expect(codeOf(() => parseLeaf(copy))).toBe("malformed_input");
      }
    }
  });

  test("loses no member when any one of its required ones is taken away", () => {
    for (const { leaf } of vectors.accepted) {
      for (const name of ["at", "body", "id", "type", "v", "writer"]) {
        const { [name]: _, ...rest } = leaf;
        expect(codeOf(() => parseLeaf(rest))).toBe("malformed_input");
      }
    }
  });

  test("either is refused or comes back byte for byte, whatever one value in it becomes", () => {
    const anyLeaf = fc.constantFrom(...vectors.accepted.map(({ leaf }) => leaf));
    fc.assert(
      fc.property(anyLeaf, fc.nat(), fc.jsonValue(), (leaf, where, replacement) => {
        const text = JSON.stringify(leaf);
        const places = [...text.matchAll(/(?<="):("[^"]*"|\d+|null|true|false)/g)];
        const place = places[where % places.length];
        if (place === undefined) return;
        const changed = `${text.slice(0, place.index)}:${JSON.stringify(replacement)}${text.slice(place.index + place[0].length)}`;
        const value: JsonValue = JSON.parse(changed);
        let parsed: ReturnType<typeof parseLeaf> | undefined;
        try {
          parsed = parseLeaf(value);
        } catch (error) {
          expect(isNarrowgateError(error)).toBe(true);
        }
        if (parsed !== undefined) expect(formatLeaf(parsed)).toEqual(canonicalBytes(value));
      }),
      { numRuns: 1000 },
    );
  });
});
