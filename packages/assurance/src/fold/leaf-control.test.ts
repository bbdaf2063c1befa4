import { expect, test } from "vitest";
import { fixture, foldFixture } from "../self-test/fixture.ts";
import { txnFor } from "../self-test/story.ts";
import { leafControl } from "./leaf-control.ts";
import { own } from "./seen.ts";

/** What a control says of one transaction's end that it cannot decide, when it opens its content or does not. */
function goneOf(opens: boolean, content: object): number | undefined {
  const control = leafControl({
    id: "X-1",
    reads: ["closing"],
    of: "ends",
    vantage: [],
    wants: (seen) => (opens ? [own(seen, "content")] : []),
    look(seen) {
      if (opens) seen.open(own(seen, "content"));
      return { undecided: true };
    },
  });
  const told = fixture({
    edit: (step, draft) => (step === "closing" ? undefined : draft),
    more: (story) =>
      story.tell("end", { type: "closing", txn: txnFor("t"), body: { entries: 1 }, ...content }),
  });
  const found = foldFixture([control], told).find(control, told.world);
  return found.kind === "found" ? found.finding.gone : undefined;
}

test("what cannot be decided counts as gone only where a part that was to be opened is not there", () => {
  expect(goneOf(true, {})).toBe(1);
  expect(goneOf(true, { content: { x: 1 } })).toBe(0);
  expect(goneOf(false, {})).toBe(0);
});
