import { describe, expect, test } from "vitest";
import { controls } from "../controls/all.ts";
import { cast } from "../self-test/cast.ts";
import { type Fixture, type FixtureOptions, fixture, judgeFixture } from "../self-test/fixture.ts";
import { inWorld, withBody } from "../self-test/fixture-edits.ts";
import { tellCall } from "../self-test/normal-life.ts";
import { idFor, STORY_BEGINS, txnFor } from "../self-test/story.ts";

const day = 86_400_000;
const began = STORY_BEGINS + 10;

function judged(id: string, options: FixtureOptions = {}) {
  return judgeFixture(controls, fixture(options)).get(id);
}

describe("the window of a result", () => {
  const windowOf = (from: number, to: number) =>
    judged(
      "DEL-04",
      inWorld((world) => ({ ...world, window: { from, to } })),
    )?.window;

  test("begins no earlier than the log", () => {
    expect(windowOf(began - day, began + day)).toEqual({ from: began, to: began + day });
  });

  test("begins where it was asked to in a log that is older", () => {
    expect(windowOf(began + 1, began + day)).toEqual({ from: began + 1, to: began + day });
  });

  test("never begins behind its end", () => {
    expect(windowOf(began - day, began - 1)).toEqual({ from: began - 1, to: began - 1 });
  });
});

test("a failed drill is counted beside what was found in the log, and named first", () => {
  const failing = inWorld((world) => ({
    ...world,
    drills: world.drills.map((one) => ({ ...one, result: { ...one.result, verdict: "fail", failures: 2 } })),
  }));
  const wide = withBody("token child", { expires_s: STORY_BEGINS / 1000 + 7200 });
  const result = judged("DEL-01", { ...failing, ...wide });
  expect(result?.violations_in_all).toBe(2);
  expect(result?.violations.map(({ says }) => says)).toEqual([
    "DR-05: 2 of 300 trials failed",
    "a child outlives its parent",
  ]);
});

test("a result has the sentence of its verdict, and no other", () => {
  const refused = judged("CRD-03", withBody("decide read", { use: undefined }));
  expect(refused?.verdict).toBe("fail");
  expect(refused).not.toHaveProperty("unmet");
  const unretired = judged("IDN-05", {
    edit: (step, draft) => (step === "retired" ? undefined : draft),
  });
  expect(unretired).toMatchObject({
    verdict: "not_applicable",
    predicate: "no agent was retired in the window",
  });
  expect(unretired).not.toHaveProperty("unmet");
});

describe("an erasure on request, in a window that begins in the middle of a day", () => {
  const midnight = Math.ceil(STORY_BEGINS / day) * day;
  const erasedAt = (at: number): Fixture => {
    const told = fixture({
      more: (story) => {
        const body = {
          txn: txnFor("txn"),
          parts: ["content"],
          rule: "gdpr.art17",
          operator: cast.operator,
        };
        story.tell("erased", { type: "erasure", body, proof: { request: "a" }, after: at - story.now });
        tellCall(story, { name: "gone", token: "root", tool: "read_text", after: day / 2 });
        tellCall(story, { name: "kept", token: "root", tool: "read_text" });
      },
      world: (world) => ({ ...world, window: { from: midnight + day / 4, to: world.at } }),
    });
    const entries = told.entries.map((one) =>
      one.leaf.id === idFor("decide gone") ? { ...one, openings: {} } : one,
    );
    return { ...told, entries };
  };

  test("hides what is gone from the first moment of that day on", () => {
    expect(judgeFixture(controls, erasedAt(midnight)).get("EVD-05")).toMatchObject({
      verdict: "not_established",
      unmet: "1 of 2 cannot be decided, and parts were erased on request in the window",
    });
  });

  test("hides nothing when it was on the day before", () => {
    expect(judgeFixture(controls, erasedAt(midnight - 1)).get("EVD-05")?.verdict).toBe("pass");
  });
});
