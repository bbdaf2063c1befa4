import { describe, expect, test } from "vitest";
import type { Control } from "../fold/control.ts";
import { createFold } from "../fold/create-fold.ts";
import { fixture, foldFixture, judgeFixture } from "../self-test/fixture.ts";
import { idFor } from "../self-test/story.ts";
import { crd02 } from "./crd/crd-02.ts";
import { del02 } from "./del/del-02.ts";
import { del05 } from "./del/del-05.ts";
import { evd05 } from "./evd/evd-05.ts";
import { pol01 } from "./pol/pol-01.ts";
import { pol04 } from "./pol/pol-04.ts";
import { tsc01 } from "./tsc/tsc-01.ts";

const told = fixture();

/** Leaves of which a control wants a part; registrations are the ledger's. */
function wantedBy(control: Control): readonly string[] {
  const fold = createFold([control], foldFixture([], told).key);
  return told.entries.flatMap(({ leaf }, index) => {
    const wants = leaf.type === "registry" ? [] : fold.wants({ leaf, index });
    fold.take({ leaf, index }, ({ index: at, part }) => told.entries[at]?.openings[part]);
    return wants.map(({ id }) => id);
  });
}

const sampling = [crd02, del02, del05, evd05, pol01, pol04, tsc01].map(
  (control) => [control.id, control] as const,
);

function drawingNone(control: Control): Control {
  return { ...control, limits: { ...control.limits, opened_of_a_day: 0, then_one_in: 65_536 } };
}

describe("what is not drawn", () => {
  test.each(sampling)("is not opened for %s", (_, control) => {
    expect(wantedBy(control).length).toBeGreaterThan(0);
    expect(wantedBy(drawingNone(control))).toEqual([]);
  });

  test.each([
    ["POL-01", pol01],
    ["TSC-01", tsc01],
  ])("is looked at all the same for %s, as far as it stands in the log", (_, control) => {
    expect(judgeFixture([drawingNone(control)], told).get(control.id)).toMatchObject({
      population: { count: 4 },
      decided: 4,
      violations: [],
    });
  });
});

test("EVD-05 opens the requests of calls, and of nothing else", () => {
  const calls = ["decide read", "decide write", "decide helped", "refuse send", "decide send"];
  expect(wantedBy(evd05)).toEqual(calls.map(idFor));
});
