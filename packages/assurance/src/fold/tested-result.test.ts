import type { ControlResult, Evaluation } from "@narrowgate/contracts";
import { sha256 } from "@narrowgate/kernel";
import { expect, test } from "vitest";
import { catalogue } from "../catalogue/catalogue.ts";
import { controls } from "../controls/all.ts";
import { fixture, foldFixture, judgeFixture } from "../self-test/fixture.ts";
import { evaluate } from "./evaluate.ts";

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
