import { readFileSync } from "node:fs";
import { sha256 } from "@narrowgate/kernel";
import { describe, expect, test } from "vitest";
import { catalogue } from "../catalogue/catalogue.ts";
import { controls } from "../controls/all.ts";
import { evaluate } from "../fold/evaluate.ts";
import { type ControlVectors, controlVectors } from "./control-vectors.ts";
import { foldFixture } from "./fixture.ts";

const vectors: ControlVectors = JSON.parse(
  readFileSync(new URL("../../../../test/vectors/assurance/controls.json", import.meta.url), "utf8"),
);

test("the vectors are those of the stories; `npm run docs` writes them", () => {
  expect(vectors).toEqual(JSON.parse(JSON.stringify(controlVectors())));
});

describe("a vector", () => {
  test.each(vectors.fails)(
    "$control fails as it says",
    ({ control, entries, world, verdict, violations }) => {
      const { normal } = vectors;
      const whole = entries.map((entry) => (typeof entry === "number" ? normal.entries[entry] : entry));
      const told = {
        entries: whole.filter((entry) => entry !== undefined),
        world: { ...normal.world, ...world },
      };
      const { results } = evaluate(foldFixture(controls, told), catalogue, told.world, sha256);
      const result = results.find((one) => one.control === control);
      expect([result?.verdict, result?.violations.map(({ says }) => says)]).toEqual([verdict, violations]);
    },
  );
});
