import type { LeafType } from "@narrowgate/contracts";
import { describe, expect, test } from "vitest";
import { fixture, foldFixture } from "../self-test/fixture.ts";
import { type StoredEntry, Story } from "../self-test/story.ts";
import type { Control } from "./control.ts";
import { createFold, type Fold, restoreFold } from "./create-fold.ts";
import { nothingFound } from "./leaf-control.ts";
import { own } from "./seen.ts";

const { world } = fixture();
const { key } = foldFixture([], fixture());
const nothing = () => undefined;

function leaf(type: LeafType = "closing"): StoredEntry["leaf"] {
  const story = new Story();
  story.tell(type, { type, body: { entries: 0 }, content: {} });
  const [entry] = story.entries as [StoredEntry];
  return entry.leaf;
}

type Counts = { steps: number; wanted: number };

/** A control that counts how often it is asked, and breaks where it should. */
function counting(
  id: string,
  breaksIn?: "wants" | "step",
): { readonly control: Control; readonly counts: Counts } {
  const counts = { steps: 0, wanted: 0 };
  const breakIn = (where: string): void => {
    if (where === breaksIn) throw new RangeError("broken on purpose");
  };
  const control: Control = {
    id,
    reads: ["closing"],
    of: "leaves",
    vantage: [],
    wants(seen) {
      counts.wanted++;
      breakIn("wants");
      return [own(seen, "content")];
    },
    init: () => ({}),
    step() {
      counts.steps++;
      breakIn("step");
    },
    verdict: nothingFound,
  };
  return { control, counts };
}

function takeNext(fold: Fold): number {
  const entry = { leaf: leaf(), index: fold.size };
  const wanted = fold.wants(entry).length;
  fold.take(entry, nothing);
  return wanted;
}

describe.each(["wants", "step"] as const)("a control that breaks in %s", (where) => {
  const start = () => {
    const [broken, first, last] = [counting("B", where), counting("A"), counting("C")];
    const controls = [first, broken, last].map(({ control }) => control);
    return { broken, first, last, controls, fold: createFold(controls, key) };
  };

  test("is asked nothing any more, and the others go on", () => {
    const { broken, first, last, fold } = start();
    for (let i = 0; i < 3; i++) takeNext(fold);
    expect(broken.counts).toEqual({ wanted: 1, steps: where === "step" ? 1 : 0 });
    for (const { counts } of [first, last]) expect(counts).toEqual({ wanted: 3, steps: 3 });
    expect(fold.find(broken.control, world)).toEqual({ kind: "broke", says: "the check itself broke" });
    expect(fold.find(last.control, world)).toMatchObject({ kind: "found" });
  });

  test("stays so where it is taken up again", () => {
    const { broken, last, controls, fold } = start();
    takeNext(fold);
    const again = restoreFold(controls, key, fold.save());
    if (again === undefined) throw new RangeError("it is of the same code");
    takeNext(again);
    expect(broken.counts).toEqual({ wanted: 1, steps: where === "step" ? 1 : 0 });
    expect(last.counts).toEqual({ wanted: 2, steps: 2 });
    expect(again.find(broken.control, world)).toMatchObject({ kind: "broke" });
  });
});

test.each([0, 1, 2, 3])("what %i controls want is opened once", (n) => {
  const controls = Array.from({ length: n }, (_, i) => counting(`C${i}`).control);
  expect(takeNext(createFold(controls, key))).toBe(Math.min(n, 1));
});

test.each([
  ["of another version", { v: 2 }],
  ["without what it belongs to", { key: undefined }],
  ["with no more than a name of what it belongs to", { key: "evaluator" }],
])("kept state is thrown away that is %s", (_, change) => {
  const kept: object = JSON.parse(createFold([], key).save());
  expect(restoreFold([], key, JSON.stringify(kept))).toBeDefined();
  expect(restoreFold([], key, JSON.stringify({ ...kept, ...change }))).toBeUndefined();
});

test.each(["null", "7", '"text"'])("kept state is thrown away that is no object: %s", (text) => {
  expect(restoreFold([], key, text)).toBeUndefined();
});
