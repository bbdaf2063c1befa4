import { randomId } from "@narrowgate/kernel";
import { describe, expect, test } from "vitest";
import { drillResult } from "../../test/assurance/evaluation-world.ts";
import { drillsBehind } from "./drills-behind.ts";

const build = randomId(32);
const release = randomId(32);
const log = { origin: "log", size: 10, root: randomId(32) };

function drill(index: number, more: object = {}) {
  return { entry: randomId(), index, result: { ...drillResult(1), build, ...more } };
}

describe("the drills that stand behind an evaluation", () => {
  test("are those that were on record when it was made, and none of later", () => {
    const [before, after] = [drill(9), drill(10)];
    expect(drillsBehind([before, after], build, { release, log, results: [] })).toEqual([before]);
  });

  test("are those it counts, however late they came", () => {
    const late = drill(10);
    const results = [{ drills: [late.entry] }];
    expect(drillsBehind([late, drill(11)], build, { release, log, results })).toEqual([late]);
  });

  test("are of its release, or of the plane, and of this build", () => {
    const [plane, own] = [drill(0), drill(1, { release })];
    const others = [drill(2, { release: randomId(32) }), drill(3, { build: randomId(32) })];
    expect(drillsBehind([plane, own, ...others], build, { release, log, results: [] })).toEqual([plane, own]);
  });
});
