import { expect, test } from "vitest";
import { quietRangeLines } from "./quiet-range-lines.ts";

const HEAD = "ranges since then over which no acceptance of it is recorded:";

test("ranges are told from entry to entry", () => {
  const found = { revocation: 4, head: 9, ranges: [{ from: 5, to: 8 }], acceptances: [] };
  expect(quietRangeLines(found)).toEqual([
    "revoked at entry 4; the log's head is at 9 entries",
    HEAD,
    "  entries 5 to 8",
  ]);
});

test("where the revocation is the newest entry, it is said that ranges need later ones, and when they come", () => {
  const found = { revocation: 4, head: 5, ranges: [], acceptances: [] };
  expect(quietRangeLines(found).slice(2)).toEqual([
    "  none yet: a range is made of later entries, and the revocation is the newest of the log; repeat this once anything was recorded, be it a refusal or another's work",
  ]);
});

test("what was accepted since is listed, and a log of nothing else is not called quiet", () => {
  const found = { revocation: 4, head: 6, ranges: [], acceptances: [{ index: 5 }] };
  expect(quietRangeLines(found).slice(1)).toEqual([
    HEAD,
    "  none: of each entry since then it is recorded that it was accepted",
    "recorded acceptances since then:",
    "  entry 5",
  ]);
});
