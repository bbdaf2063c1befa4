import { canonicalJson, type JsonObject, type JsonValue } from "@narrowgate/kernel";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wireAuthority, wireBelow } from "../test/wire-arbitraries.ts";
import type { Authority } from "./authority.ts";
import { formatAuthority } from "./format-authority.ts";
import { intersect } from "./intersect.ts";
import { checkNarrowingProof, narrower } from "./narrower.ts";
import { isEmpty, normalise } from "./normalise.ts";
import { parseAuthority } from "./parse-authority.ts";

const authority = wireAuthority.map(parseAuthority);
/** A pair in which the second is often narrower than the first. */
const pair = wireAuthority.chain((sent) =>
  wireBelow(sent).map((below) => [parseAuthority(sent), parseAuthority(below)] as const),
);
const bytes = (a: Authority): string => canonicalJson(formatAuthority(a));
const isNarrower = (parent: Authority, child: Authority): boolean =>
  narrower(parent, child).kind === "narrower";

function met(a: Authority, b: Authority): Authority {
  const result = intersect(a, b);
  if (result.kind === "refused") expect.fail(result.reason);
  return result.authority;
}

describe("normal form", () => {
  it("is reached in one step (A-9)", () => {
    fc.assert(
      fc.property(authority, (a) => {
        expect(bytes(normalise(a))).toBe(bytes(a));
        expect(bytes(parseAuthority(formatAuthority(a)))).toBe(bytes(a));
        expect(bytes(parseAuthority(JSON.parse(bytes(a))))).toBe(bytes(a));
      }),
    );
  });
});

describe("the order", () => {
  it("is reflexive (A-10)", () => {
    fc.assert(
      fc.property(authority, (a) => {
        expect(isNarrower(a, a)).toBe(true);
      }),
    );
  });

  it("is transitive (A-10)", () => {
    let chains = 0;
    const three = wireAuthority.chain((top) =>
      wireBelow(top).chain((middle) =>
        wireBelow(middle).map((bottom) => [top, middle, bottom].map(parseAuthority)),
      ),
    );
    fc.assert(
      fc.property(three, ([a, b, c]) => {
        if (a === undefined || b === undefined || c === undefined) return;
        if (!isNarrower(a, b) || !isNarrower(b, c)) return;
        chains++;
        expect(isNarrower(a, c)).toBe(true);
      }),
      { numRuns: 2000 },
    );
    expect(chains).toBeGreaterThan(200);
  });

  it("is antisymmetric up to normal form (A-10)", () => {
    let strict = 0;
    fc.assert(
      fc.property(fc.oneof(pair, fc.tuple(authority, authority)), ([a, b]) => {
        const both = isNarrower(a, b) && isNarrower(b, a);
        if (isNarrower(a, b) && !both) strict++;
        expect(both).toBe(bytes(a) === bytes(b));
      }),
      { numRuns: 2000 },
    );
    expect(strict).toBeGreaterThan(100);
  });

  it("gives a proof that checks, and no other length or index does (A-12)", () => {
    fc.assert(
      fc.property(pair, ([parent, child]) => {
        const result = narrower(parent, child);
        if (result.kind === "wider") return;
        const { details } = result.proof;
        expect(checkNarrowingProof(parent, child, result.proof)).toBe(true);
        expect(checkNarrowingProof(parent, child, { details: [...details, 0] })).toBe(false);
        if (details.length === 0) return;
        expect(checkNarrowingProof(parent, child, { details: details.slice(1) })).toBe(false);
        for (const bad of [-1, 0.5, parent.details.length, Number.NaN]) {
          expect(checkNarrowingProof(parent, child, { details: details.map(() => bad) })).toBe(false);
        }
      }),
    );
  });

  it("has no proof for what is wider (A-12)", () => {
    fc.assert(
      fc.property(authority, authority, (parent, child) => {
        if (isNarrower(parent, child)) return;
        for (let index = 0; index < parent.details.length; index++) {
          expect(checkNarrowingProof(parent, child, { details: child.details.map(() => index) })).toBe(false);
        }
      }),
    );
  });
});

describe("intersect", () => {
  it("is narrower than both, whichever comes first (A-13)", () => {
    fc.assert(
      fc.property(authority, authority, (a, b) => {
        const meet = met(a, b);
        expect(isNarrower(a, meet) && isNarrower(b, meet)).toBe(true);
        expect(bytes(met(b, a))).toBe(bytes(meet));
        expect(bytes(met(a, a))).toBe(bytes(a));
        expect(isNarrower(a, b)).toBe(bytes(met(a, b)) === bytes(b));
      }),
      { numRuns: 2000 },
    );
  });

  it("is the greatest of all that are narrower than both (A-13)", () => {
    let below = 0;
    // The third comes out of the first or second, not out of their intersection: it has to find its own way below both.
    const three = fc
      .tuple(wireAuthority, wireAuthority)
      .chain(([a, b]) => fc.tuple(fc.constant(a), wireBelow(a), wireBelow(a), fc.constant(b)))
      .map(([a, b, z, other]) => [a, b, z, other].map(parseAuthority));
    fc.assert(
      fc.property(three, ([a, b, z, other]) => {
        if (a === undefined || b === undefined || z === undefined || other === undefined) return;
        for (const [left, right] of [
          [a, b],
          [a, other],
          [b, other],
        ] as const) {
          if (!isNarrower(left, z) || !isNarrower(right, z)) continue;
          if (!isEmpty(z)) below++;
          expect(isNarrower(met(left, right), z)).toBe(true);
        }
      }),
      { numRuns: 4000 },
    );
    expect(below).toBeGreaterThan(200);
  });
});

type Path = readonly (string | number)[];

/** Every member that may be left out: optional members of details, caps, pointers, and operators beside another. */
function optionalMembers(sent: JsonObject): Path[] {
  const paths: Path[] = [];
  const visit = (value: JsonValue | undefined, path: Path): void => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return;
    const keys = Object.keys(value);
    for (const key of keys) {
      const isOperator = path.length === 4;
      if (!isOperator || keys.length > 1) paths.push([...path, key]);
      visit(Object.entries(value).find(([name]) => name === key)?.[1], [...path, key]);
    }
  };
  const details = sent.authorization_details;
  if (Array.isArray(details))
    details.forEach((detail, i) => void visit(detail, ["authorization_details", i]));
  return paths.filter((path) => !["type", "server", "tools", "uris", "prompts"].includes(String(path[2])));
}

function without(value: JsonValue, path: Path): JsonValue {
  const [step, ...rest] = path;
  if (Array.isArray(value)) return value.map((item, i) => (i === step ? without(item, rest) : item));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => rest.length > 0 || key !== step);
  return Object.fromEntries(entries.map(([key, item]) => [key, key === step ? without(item, rest) : item]));
}

describe("leaving a member out", () => {
  it("never makes a child narrower (A-11)", () => {
    let wider = 0;
    const sentPair = wireAuthority.chain((sent) => fc.tuple(fc.constant(sent), wireBelow(sent)));
    fc.assert(
      fc.property(sentPair, ([parentSent, childSent]) => {
        const parent = parseAuthority(parentSent);
        const child = parseAuthority(childSent);
        for (const path of optionalMembers(childSent)) {
          const less = parseAuthority(without(childSent, path));
          expect(isNarrower(less, child)).toBe(true);
          if (isNarrower(parent, less)) expect(isNarrower(parent, child)).toBe(true);
          else wider++;
        }
      }),
    );
    expect(wider).toBeGreaterThan(50);
  });

  it("of a limit the only parent detail has makes the child wider (A-11)", () => {
    let seen = 0;
    const single = wireAuthority.map(parseAuthority).filter((a) => a.details.length === 1);
    fc.assert(
      fc.property(single, (parent) => {
        const sent = formatAuthority(parent);
        for (const path of optionalMembers(sent)) {
          if (path.includes("constraints") && path.length > 4) continue;
          seen++;
          expect(isNarrower(parent, parseAuthority(without(sent, path)))).toBe(false);
        }
      }),
    );
    expect(seen).toBeGreaterThan(50);
  });
});

/** The same value in other words: keys and sets the other way round, numbers with a fraction, characters as escapes. */
function reencode(value: JsonValue): string {
  if (typeof value === "number") {
    return value === 0 ? "-0.0" : Number.isInteger(value) ? `${value}.0e0` : String(value);
  }
  if (typeof value === "string") {
    return `"${[...value].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")}"`;
  }
  if (Array.isArray(value)) return `[${value.map(reencode).reverse().join(" , ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  const members = Object.entries(value).map(([key, item]) => `${reencode(key)} : ${reencode(item)}`);
  return `{${members.reverse().join(" , ")}}`;
}

describe("another encoding of the same value", () => {
  it("is the same authority", () => {
    fc.assert(
      fc.property(wireAuthority, (sent) => {
        expect(bytes(parseAuthority(JSON.parse(reencode(sent))))).toBe(bytes(parseAuthority(sent)));
      }),
    );
  });
});
