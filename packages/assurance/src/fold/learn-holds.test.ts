import { describe, expect, test } from "vitest";
import { cast } from "../self-test/cast.ts";
import { fixture, foldFixture } from "../self-test/fixture.ts";
import { registration } from "../self-test/normal-life.ts";
import { idFor, Story, type StoryDraft, txnFor } from "../self-test/story.ts";
import type { Known } from "./known.ts";

const { world } = fixture();

/** What is known after these leaves. */
function knownAfter(...drafts: readonly StoryDraft[]): Known {
  const story = new Story();
  for (const [i, draft] of drafts.entries()) story.tell(`step ${i}`, draft);
  return foldFixture([], { entries: story.entries, world }).known;
}

const [one, other] = [idFor("one hold"), idFor("another hold")];
const placed = (ref: string) => registration("hold", ref, {}, "created");
const ended = (ref: string) => registration("hold", ref, {}, "retired");

/** By age, unless it says otherwise. */
function erased(more: { readonly rule?: string; readonly isAsked?: boolean; readonly parts?: boolean } = {}) {
  const { rule = "retention.content.30d", isAsked = false, parts = false } = more;
  const what = parts ? { parts: [`${idFor("leaf")}/content`] } : { txn: txnFor("t"), parts: ["content"] };
  const draft: StoryDraft = { type: "erasure", body: { ...what, rule, operator: cast.operator } };
  return isAsked ? { ...draft, proof: { request: "signed" } } : draft;
}

describe("a hold", () => {
  const holdsAfter = (...drafts: readonly StoryDraft[]) => knownAfter(...drafts).holds;

  test("stands from the leaf that placed it to the one that ended it", () => {
    expect(holdsAfter(placed(one))).toMatchObject({ placed: { [one]: { from: 0 } }, standing: 1 });
    const found = holdsAfter(placed(one), placed(other), ended(one));
    expect(found.placed).toEqual({ [one]: { from: 0, to: 2 }, [other]: { from: 1 } });
    expect(found.standing).toBe(1);
  });

  test.each<[string, readonly StoryDraft[], object, number]>([
    ["placed twice", [placed(one), placed(one)], { [one]: { from: 0 } }, 1],
    ["ended twice", [placed(one), ended(one), ended(one)], { [one]: { from: 0, to: 1 } }, 0],
    ["placed after its end", [placed(one), ended(one), placed(one)], { [one]: { from: 0, to: 1 } }, 0],
    ["ended though nobody placed it", [ended(one)], {}, 0],
  ])("counts once: %s", (_, drafts, found, standing) => {
    const holds = holdsAfter(...drafts);
    expect([holds.placed, holds.standing]).toEqual([found, standing]);
  });

  test("is held against the erasures of transactions while any stands", () => {
    const before = [erased(), placed(one)];
    const found = holdsAfter(...before, erased({ parts: true }), erased(), ended(one), erased());
    expect(found.erasures).toBe(1);
    expect(found.drawn).toEqual([{ entry: idFor("step 3"), index: 3, txn: txnFor("t") }]);
  });

  test.each([255, 256, 257, 300])("is held against 256 of %i erasures, those whose ids come first", (n) => {
    const found = holdsAfter(placed(one), ...Array.from({ length: n }, () => erased()));
    const ids = Array.from({ length: n }, (_, i) => idFor(`step ${i + 1}`)).sort();
    expect(found.erasures).toBe(n);
    expect(found.drawn.map(({ entry }) => entry).sort()).toEqual(ids.slice(0, 256));
  });
});

describe("an erasure is on request", () => {
  test.each([
    ["under a rule of age, which nobody asked for", erased(), false],
    ["under a rule of age, which somebody asked for", erased({ isAsked: true }), true],
    ["under another rule", erased({ rule: "gdpr.art17" }), true],
    ["under a rule that has the name of age in it", erased({ rule: "no.retention." }), true],
  ])("%s", (_, draft, isOnRequest) => {
    const known = knownAfter(placed(one), draft);
    expect(known.erasedOnRequestAt).toBe(isOnRequest ? known.lastAt : undefined);
  });
});
