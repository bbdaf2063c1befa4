import type { ControlResult, Evaluation } from "@narrowgate/contracts";
import { sha256 } from "@narrowgate/kernel";
import { expect, test } from "vitest";
import { catalogue, rowOf } from "../catalogue/catalogue.ts";
import { controls } from "../controls/all.ts";
import { fixture, foldFixture, judgeFixture } from "../self-test/fixture.ts";
import { evaluate } from "./evaluate.ts";
import { TESTED_MAX_AGE_S } from "./judge-control.ts";
import { adoptTested } from "./tested-result.ts";

const told = fixture();
const there: Evaluation = evaluate(foldFixture(controls, told), catalogue, told.world, sha256);
const quiet = fixture({
  edit: (step, draft) => (/^(?:decide|dispatch|outcome|token|mint) /.test(step) ? undefined : draft),
});

/** What a control says here, where the agent has not acted, when it said that on the instance where it was tested. */
function adopted(control: string, verdict: ControlResult["verdict"], ageMs = 0): string | undefined {
  const results = there.results.map((one) => (one.control === control ? { ...one, verdict } : one));
  const evaluation = { ...there, at: quiet.world.at - ageMs, results };
  const world = { ...quiet.world, tested: { origin: "dev.example/log/main", evaluation } };
  return judgeFixture(controls, { ...quiet, world }).get(control)?.verdict;
}

test("only what held, or did not apply, where it was tested stands in", () => {
  expect(adopted("DEL-01", "pass")).toBe("pass");
  expect(adopted("DEL-01", "not_applicable")).toBe("not_applicable");
  for (const verdict of ["fail", "error", "stale", "not_established"] as const)
    expect(adopted("DEL-01", verdict), verdict).toBe("not_established");
});

test("it stands in for days, and not for ever", () => {
  const day = 86_400_000;
  expect(adopted("DEL-04", "pass", day)).toBe("pass");
  expect(adopted("DEL-04", "pass", 31 * day)).toBe("stale");
});

test("it stands in to the last millisecond of its age", () => {
  const maxAgeMs = (rowOf(catalogue, "DEL-04").evidence.drill_s ?? TESTED_MAX_AGE_S) * 1000;
  expect([0, 1].map((overMs) => adopted("DEL-04", "pass", maxAgeMs + overMs))).toEqual(["pass", "stale"]);
});

test("it takes the place of nothing that was decided here, nor of what is open though something was looked at", () => {
  const row = rowOf(catalogue, "DEL-01");
  const { key } = foldFixture(controls, quiet);
  const evaluation = { ...there, at: quiet.world.at };
  const world = { ...quiet.world, tested: { origin: "dev.example/log/main", evaluation } };
  const result = judgeFixture(controls, quiet).get("DEL-01");
  if (result === undefined) throw new RangeError("it is in the catalogue");
  expect(result).toMatchObject({ verdict: "not_established", population: { count: 0 } });
  const verdictOf = (more: Partial<ControlResult>): string =>
    adoptTested({ ...result, ...more }, row, world, key).verdict;
  expect(verdictOf({})).toBe("pass");
  for (const verdict of ["fail", "error", "stale"] as const) expect(verdictOf({ verdict })).toBe(verdict);
  expect(verdictOf({ population: { ...result.population, count: 1 } })).toBe("not_established");
});
