import type { DrillResult } from "@narrowgate/contracts";
import { describe, expect, test } from "vitest";
import type { World } from "../fold/world.ts";
import { cast } from "../self-test/cast.ts";
import { type FixtureOptions, fixture, judgeFixture } from "../self-test/fixture.ts";
import { inWorld } from "../self-test/fixture-edits.ts";
import { releaseBody } from "../self-test/normal-life.ts";
import { digestFor, idFor, STORY_BEGINS, type Story } from "../self-test/story.ts";
import { controls } from "./all.ts";

const day = 86_400_000;
const first = { ...releaseBody, operator: cast.operator };
const second = { ...first, release: digestFor("second"), deployment: digestFor("second deployment") };

function judged(options: FixtureOptions) {
  return judgeFixture(controls, fixture(options)).get("REL-05");
}

function tell(story: Story, step: string, body: object): void {
  story.tell(step, { type: "release", agent: cast.agent, body: { ...body } });
}

function revoke(story: Story, id: string): void {
  story.tell("bad release", {
    type: "revocation",
    body: { feed: 2, kind: "release", id, epoch: 1, by: "operator", operator: cast.operator },
  });
}

/** The second release takes the place of the first, and is found to be bad. */
function goForward(story: Story): void {
  tell(story, "end of the first", { ...first, action: "deactivated" });
  tell(story, "second", { ...second, action: "activated" });
  tell(story, "end of the second", { ...second, action: "deactivated" });
}

describe("REL-05 counts as going back", () => {
  test("that an earlier release is brought into force, with the tokens of the one that was left revoked", () => {
    const back = judged({
      more: (story) => {
        goForward(story);
        revoke(story, second.deployment);
        tell(story, "back", { ...first, action: "activated" });
      },
    });
    expect(back).toMatchObject({
      verdict: "pass",
      population: { count: 3 },
      decided: 3,
      evidence: [{ entry: idFor("back") }],
    });
  });

  test("no revocation of another release", () => {
    const back = judged({
      more: (story) => {
        goForward(story);
        revoke(story, digestFor("third deployment"));
        tell(story, "back", { ...first, action: "activated" });
      },
    });
    expect(back).toMatchObject({
      verdict: "fail",
      violations: [{ entry: idFor("back"), says: "a release was left and its tokens not revoked" }],
    });
  });

  test("neither the way to a new release, nor what happens to one that is in force or only left", () => {
    const onward = judged({
      more: (story) => {
        goForward(story);
        tell(story, "proposed again", { ...first, action: "withdrawn" });
      },
    });
    expect(onward).toMatchObject({ verdict: "pass", population: { count: 2 } });
    const again = judged({ more: (story) => tell(story, "again", { ...first, action: "activated" }) });
    expect(again).toMatchObject({ verdict: "pass", population: { count: 2 } });
  });
});

describe("REL-05, of an agent that was let through without a release,", () => {
  const until = STORY_BEGINS + day;

  function letThrough(isReviewed: boolean, world: Partial<World>): FixtureOptions {
    const glass = { ...second, proposal: idFor("glass") };
    return {
      more: (story) => {
        tell(story, "let through", { ...glass, action: "glass_opened", until });
        if (isReviewed) tell(story, "reviewed", { ...glass, action: "glass_reviewed" });
      },
      world: (of) => {
        const changed = { ...of, ...world };
        const drills = of.drills.map((one) => ({ ...one, result: { ...one.result, ended: changed.at } }));
        return { ...changed, drills };
      },
    };
  }

  test("gives a day for the review, and then fails", () => {
    expect(judged(letThrough(false, { at: until + day - 1 }))).toMatchObject({
      verdict: "pass",
      population: { count: 3 },
      decided: 3,
      violations_in_all: 0,
    });
    expect(judged(letThrough(false, { at: until + day }))).toMatchObject({
      verdict: "fail",
      population: { count: 3 },
      decided: 3,
      violations: [{ entry: idFor("let through"), says: expect.stringContaining("nobody reviewed it") }],
      violations_in_all: 1,
    });
  });

  test("counts what was reviewed while it is in the window, and holds nothing against it", () => {
    const from = (instant: number): FixtureOptions =>
      letThrough(true, { at: until + 2 * day, window: { from: instant, to: until + 2 * day } });
    expect(judged(from(until))).toMatchObject({ verdict: "pass", population: { count: 3 }, decided: 3 });
    expect(judged(from(until + 1))).toMatchObject({ verdict: "pass", population: { count: 2 }, decided: 2 });
  });

  test("does not forget what nobody reviewed, however long ago it was", () => {
    const later = { at: until + 60 * day, window: { from: until + 30 * day, to: until + 60 * day } };
    expect(judged(letThrough(false, later))).toMatchObject({ verdict: "fail", violations_in_all: 1 });
  });
});

describe("REL-05, of rehearsals,", () => {
  const rehearsed = (change: (world: World) => Partial<DrillResult>): FixtureOptions =>
    inWorld((world) => ({
      ...world,
      drills: world.drills.map((one) => ({ ...one, result: { ...one.result, ...change(world) } })),
    }));

  test("takes none for one that did not come to its end, or does not say how long going back took", () => {
    const none = {
      verdict: "not_established",
      population: { count: 0 },
      unmet: "going back was not rehearsed with this release and build",
    };
    expect(judged(rehearsed(() => ({ verdict: "not_established", unmet: "no room" })))).toMatchObject(none);
    expect(judged(rehearsed(() => ({ figures: {} })))).toMatchObject(none);
  });

  test("wants one of the last ninety days", () => {
    const aged = (ms: number): FixtureOptions => rehearsed(({ at }) => ({ ended: at - ms }));
    expect(judged(aged(90 * day))?.verdict).toBe("pass");
    expect(judged(aged(90 * day + 1))).toMatchObject({
      verdict: "stale",
      unmet: "going back was last rehearsed too long ago",
    });
  });
});
