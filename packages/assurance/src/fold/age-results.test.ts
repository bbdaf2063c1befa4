import type { ControlResult } from "@narrowgate/contracts";
import { sha256 } from "@narrowgate/kernel";
import { expect, test } from "vitest";
import { catalogue } from "../catalogue/catalogue.ts";
import { controls } from "../controls/all.ts";
import { fixture, foldFixture } from "../self-test/fixture.ts";
import { ageResults } from "./age-results.ts";
import { evaluate } from "./evaluate.ts";

const told = fixture();
const evaluation = evaluate(foldFixture(controls, told), catalogue, told.world, sha256);
const [result] = evaluation.results;
if (result === undefined) throw new RangeError("the catalogue has controls");

/** What becomes of a verdict when the result is that much older than its control allows. */
function aged(verdict: ControlResult["verdict"], overMs: number): ControlResult | undefined {
  const results = result === undefined ? [] : [{ ...result, verdict }];
  const at = evaluation.at + (result?.max_age_s ?? 0) * 1000 + overMs;
  return ageResults({ ...evaluation, results }, at)[0];
}

test("a result holds to the last millisecond of its age, and is stale from the next on", () => {
  for (const verdict of ["pass", "not_applicable"] as const) {
    expect(aged(verdict, 0)).toEqual({ ...result, verdict });
    expect(aged(verdict, 1)).toMatchObject({
      verdict: "stale",
      unmet: `evaluated more than ${result.max_age_s} s ago`,
    });
    expect(aged(verdict, 1)).not.toHaveProperty("predicate");
  }
});

test("what did not hold, or was never known, does not age", () => {
  for (const verdict of ["fail", "error", "not_established", "stale"] as const)
    expect(aged(verdict, 1_000_000)).toEqual({ ...result, verdict });
});
