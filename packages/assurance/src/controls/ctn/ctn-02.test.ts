import { expect, test } from "vitest";
import { cast } from "../../self-test/cast.ts";
import { type FixtureOptions, fixture, judgeFixture } from "../../self-test/fixture.ts";
import { atStep } from "../../self-test/fixture-edits.ts";
import { tellCall } from "../../self-test/normal-life.ts";
import { digestFor, idFor, type StoredEntry } from "../../self-test/story.ts";
import { ctn02 } from "./ctn-02.ts";

/** What stands over all policies where a call is made, and what that call says of it. */
interface Under {
  readonly names?: readonly string[];
  /** How long it stands, in milliseconds. */
  readonly forMs?: number;
  readonly isLifted?: boolean;
  readonly isGone?: boolean;
}

/** A call behind the revocation that ends a normal life, and aware of it, while something is forbidden over all policies. */
function callUnder({ names = [], forMs = 60_000, isLifted = false, isGone = false }: Under): FixtureOptions {
  const overlays = { path: "/overlays", value: names.map((name) => idFor(name)), from: { by: "gate" } };
  return {
    edit: atStep("decide again", (draft) => ({
      ...draft,
      body: { ...draft.body, feed: 1 },
      inputs: [...(draft.inputs ?? []), ...(names.length === 0 ? [] : [overlays])],
    })),
    more: (story) => {
      const body = { digest: digestFor("overlay"), operator: cast.operator };
      const put = { ...body, action: "put", until: story.now + forMs };
      story.tell("overlay", { type: "overlay", body: put });
      const lifted = { ...body, action: "lifted", overlay: idFor("overlay") };
      if (isLifted) story.tell("lifted", { type: "overlay", body: lifted });
      tellCall(story, { name: "again", token: "root", tool: "write_text" });
      if (isGone) forget(story.entries, "decide again");
    },
  };
}

/** The sealed parts of a step are not disclosed; its leaf is. */
function forget(entries: StoredEntry[], step: string): void {
  const at = entries.findIndex(({ leaf }) => leaf.id === idFor(step));
  const [entry] = entries.splice(at, 1);
  if (entry !== undefined) entries.splice(at, 0, { ...entry, openings: {} });
}

const judged = (under: Under) => judgeFixture([ctn02], fixture(callUnder(under))).get("CTN-02");

test.each<[string, Under]>([
  ["names no overlay", {}],
  ["names another overlay than the one in force", { names: ["another"] }],
])("a permit that %s is a counter-example", (_, under) => {
  const result = judged(under);
  expect(result?.verdict).toBe("fail");
  expect(result?.violations).toEqual([
    {
      entry: idFor("decide again"),
      says: "a permit was given without what was forbidden over all policies",
    },
  ]);
});

test.each<[string, Under]>([
  ["names what stood over it", { names: ["overlay"] }],
  ["comes when what was forbidden is over", { forMs: 20 }],
  ["comes behind the leaf that lifts it", { isLifted: true }],
])("a permit that %s is none", (_, under) => {
  expect(judged(under)?.verdict).toBe("pass");
});

test("a permit whose inputs are not there is counted and not decided", () => {
  const result = judged({ isGone: true });
  expect(result?.violations).toEqual([]);
  expect([result?.population.count, result?.decided]).toEqual([3, 2]);
});
