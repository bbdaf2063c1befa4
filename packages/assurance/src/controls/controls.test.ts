import { parseLeaf } from "@narrowgate/contracts";
import { describe, expect, test } from "vitest";
import { catalogue } from "../catalogue/catalogue.ts";
import { foundation } from "../profiles/profiles.ts";
import { emptyFixture, fixture, judgeFixture } from "../self-test/fixture.ts";
import { fixturesOf } from "../self-test/fixtures.ts";
import { selfTest } from "../self-test/self-test.ts";
import { controls } from "./all.ts";

const normal = judgeFixture(controls, fixture());
const nothing = judgeFixture(controls, emptyFixture());

/** Subjects that do not exist in this version: these controls cannot pass, and say why. */
const absent = [
  "APR-04",
  "CRD-05",
  "CTN-03",
  "CTN-04",
  "CTN-05",
  "EVD-04",
  "EVD-07",
  "IDN-01",
  "IDN-04",
  "TSC-02",
  "TSC-03",
  "TSC-04",
];

const ids = controls.map(({ id }) => id);
const there = ids.filter((id) => !absent.includes(id));
const canFail = ids.filter((id) => fixturesOf(id) !== undefined);

describe("each control", () => {
  test.each(there)("%s passes where nothing is amiss", (id) => {
    const told = fixturesOf(id);
    const result = told === undefined ? undefined : judgeFixture(controls, told.passes).get(id);
    expect(result).toMatchObject({ verdict: "pass", violations: [] });
    expect(result?.population.count).toBeGreaterThan(0);
  });

  test.each(canFail)("%s fails on its counter-example, and says which", (id) => {
    const told = fixturesOf(id);
    const result = told === undefined ? undefined : judgeFixture(controls, told.fails).get(id);
    expect(result?.verdict).toBe("fail");
    expect(result?.violations_in_all).toBeGreaterThan(0);
    expect(result?.violations[0]?.says).not.toBe("");
  });

  test.each(ids)("%s establishes nothing on nothing, and says why", (id) => {
    expect(nothing.get(id)?.verdict).toBe("not_established");
    expect(nothing.get(id)?.unmet).toMatch(/.{8}/);
  });

  test.each(controls)("$id names who could have forged what it looks at", ({ vantage }) => {
    expect(vantage.length).toBeGreaterThan(0);
  });
});

describe("a control whose subject does not exist", () => {
  test.each(controls.filter(({ id }) => absent.includes(id)))("$id cannot pass", (control) => {
    expect(control.absent).toMatch(/.{8}/);
    expect(normal.get(control.id)).toMatchObject({ verdict: "not_established", unmet: control.absent });
  });

  test("is one of these, and no other can lack a fixture", () => {
    expect(controls.filter((one) => one.absent !== undefined).map(({ id }) => id)).toEqual(absent);
    expect(there.filter((id) => !canFail.includes(id))).toEqual([]);
  });
});

test("every control of the catalogue is there, once, and no other", () => {
  expect(controls.map(({ id }) => id)).toEqual(catalogue.controls.map(({ id }) => id).sort());
});

test("the foundation is exactly the controls whose subject exists, but the one that only age can establish", () => {
  expect(foundation.controls).toEqual(there.filter((id) => id !== "EVD-06"));
});

test("every leaf of the stories is a leaf", () => {
  for (const { leaf } of fixture().entries) expect(parseLeaf(structuredClone(leaf))).toEqual(leaf);
});

test("the controls try themselves and find nothing wrong", () => {
  expect(selfTest(controls)).toEqual({ controls: 49, wrong: [] });
});

test("the self-test notices a control that stays green", () => {
  const blind = controls.map((one) => (one.id === "DEL-01" ? { ...one, step: () => undefined } : one));
  expect(selfTest(blind).wrong).toContain("DEL-01 stays not_established on its counter-example");
});
