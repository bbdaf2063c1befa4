import { manualClock } from "@narrowgate/kernel";
import { describe, expect, test } from "vitest";
import { createPublication, MAX_PROPOSALS, PROPOSAL_LIFE_MS } from "./two-people.ts";

const ann = { operator: "ann", jws: "a.b.c" };
const bob = { operator: "bob", jws: "d.e.f" };

function make(needsTwo = true) {
  const clock = manualClock(0);
  const recorded: string[] = [];
  const publication = createPublication({
    clock,
    needsTwo,
    recordProposal: (digest, { operator }) => recorded.push(`${operator} ${digest}`),
  });
  return { clock, recorded, publication };
}

describe("publication by two people", () => {
  test("takes two different operators for the same policies, and each proposal once", () => {
    const { publication, recorded } = make();
    expect(() => publication.check("one", ann)).toThrow(/proposed \(one\)/);
    expect(() => publication.check("one", ann)).toThrow(/another operator/);
    expect(() => publication.check("two", bob)).toThrow(/proposed \(two\)/);
    publication.check("one", bob);
    expect(() => publication.check("one", bob)).toThrow(/proposed/);
    expect(recorded).toEqual(["ann one", "bob two", "bob one"]);
  });

  test("forgets a proposal that is too old, and the oldest of too many", () => {
    const { publication, clock } = make();
    expect(() => publication.check("old", ann)).toThrow();
    clock.advance(PROPOSAL_LIFE_MS);
    expect(() => publication.check("old", bob)).toThrow();
    for (let i = 0; i < MAX_PROPOSALS; i++) expect(() => publication.check(`${i}`, ann)).toThrow();
    expect(() => publication.check("old", ann)).toThrow();
  });

  test("asks for one alone where two are not needed", () => {
    const { publication, recorded } = make(false);
    publication.check("one", ann);
    expect(recorded).toEqual([]);
  });
});
