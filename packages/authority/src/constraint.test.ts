import type { JsonObject } from "@narrowgate/kernel";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { universe, wireConstraint } from "../test/wire-arbitraries.ts";
import { admits, isNarrowerConstraint, meetConstraints } from "./constraint.ts";
import { isPlain } from "./plain-string.ts";
import { type ReadConstraint, readConstraint } from "./read-constraint.ts";

/** The table of operators, read aloud: no normal form, no cleverness. */
function holds(sent: JsonObject, value: unknown): boolean {
  const { equals, one_of, prefix, max, min } = sent;
  if (equals !== undefined && value !== equals) return false;
  if (Array.isArray(one_of) && !one_of.includes(value)) return false;
  if (typeof prefix === "string") {
    if (typeof value !== "string" || !value.startsWith(prefix) || !isPlain(value)) return false;
  }
  if (typeof max === "number" && !(typeof value === "number" && value <= max)) return false;
  return !(typeof min === "number" && !(typeof value === "number" && value >= min));
}

function admitted(constraint: ReadConstraint | undefined): readonly unknown[] {
  if (constraint === undefined || constraint === "nothing") return [];
  return universe.filter((value) => admits(constraint, value));
}

const read = wireConstraint.map((sent) => readConstraint(sent, ""));
const nonEmpty = read.filter((constraint) => constraint !== "nothing");

describe("a constraint in normal form", () => {
  it("admits what the operators that were sent admit", () => {
    fc.assert(
      fc.property(wireConstraint, (sent) => {
        expect(admitted(readConstraint(sent, ""))).toEqual(universe.filter((value) => holds(sent, value)));
      }),
      { numRuns: 2000 },
    );
  });

  it("is nothing exactly when it admits nothing", () => {
    fc.assert(
      fc.property(read, (constraint) => {
        expect(constraint === "nothing").toBe(admitted(constraint).length === 0);
      }),
      { numRuns: 2000 },
    );
  });

  it("is the same as another exactly when both admit the same", () => {
    fc.assert(
      fc.property(nonEmpty, nonEmpty, (a, b) => {
        const same = JSON.stringify(a) === JSON.stringify(b);
        expect(same).toBe(JSON.stringify(admitted(a)) === JSON.stringify(admitted(b)));
      }),
      { numRuns: 3000 },
    );
  });
});

describe("the order on constraints", () => {
  it("is inclusion of what they admit, both ways", () => {
    let nested = 0;
    fc.assert(
      fc.property(nonEmpty, nonEmpty, (parent, child) => {
        const included = admitted(child).every((value) => admits(parent, value));
        if (included) nested++;
        expect(isNarrowerConstraint(parent, child)).toBe(included);
      }),
      { numRuns: 5000 },
    );
    expect(nested).toBeGreaterThan(250);
  });

  it("has a meet that admits exactly what both admit", () => {
    fc.assert(
      fc.property(nonEmpty, nonEmpty, (a, b) => {
        expect(admitted(meetConstraints(a, b))).toEqual(admitted(a).filter((value) => admits(b, value)));
      }),
      { numRuns: 5000 },
    );
  });
});

describe("a number", () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    "that JSON cannot express satisfies no range: %s",
    (value) => {
      expect(admits({ kind: "range", min: 0, max: Number.POSITIVE_INFINITY }, value)).toBe(false);
    },
  );
});
