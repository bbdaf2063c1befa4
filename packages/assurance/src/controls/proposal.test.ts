import { expect, test } from "vitest";
import { cast } from "../self-test/cast.ts";
import { type FixtureOptions, fixture, foldFixture, judgeFixture } from "../self-test/fixture.ts";
import { releaseBody } from "../self-test/normal-life.ts";
import { digestFor, idFor, STORY_BEGINS, type Story } from "../self-test/story.ts";
import { controls } from "./all.ts";

const aboutRelease = ["IDN-03", "POL-03", "REL-01", "REL-04"];

const second = {
  ...releaseBody,
  proposal: idFor("second"),
  release: digestFor("second release"),
  deployment: digestFor("second deployment"),
  operator: cast.operator,
};

function tell(story: Story, action: string, body: object): void {
  story.tell(`${action} ${story.entries.length}`, {
    type: "release",
    agent: cast.agent,
    body: { ...body, action },
    ...(action === "proposed" ? { content: { diff: {} } } : {}),
  });
}

function verdicts(options: FixtureOptions): Record<string, string | undefined> {
  const results = judgeFixture(controls, fixture(options));
  return Object.fromEntries(aboutRelease.map((id) => [id, results.get(id)?.verdict]));
}

const allPass = Object.fromEntries(aboutRelease.map((id) => [id, "pass"]));

function goBack(story: Story): void {
  tell(story, "proposed", { ...second, not_after: STORY_BEGINS + 1 });
  tell(story, "deactivated", releaseBody);
  tell(story, "activated", second);
  tell(story, "deactivated", second);
  tell(story, "activated", { ...releaseBody, operator: cast.operator });
}

test("after a roll-back what is in force is judged by the proposal in which it was signed", () => {
  expect(verdicts({ more: goBack })).toEqual(allPass);
});

test("what stood in the newer proposal is not what is judged", () => {
  const { release, deployment } = second;
  expect(verdicts({ more: goBack, world: (world) => ({ ...world, release, deployment }) })).toMatchObject({
    "IDN-03": "not_established",
    "POL-03": "not_established",
    "REL-01": "not_established",
  });
});

test("a refused proposal of the same release takes no signature from the one in force", () => {
  const again = { ...releaseBody, proposal: idFor("again") };
  const more = (story: Story): void => {
    tell(story, "proposed", { ...again, operator: cast.operator, not_after: STORY_BEGINS + 1 });
    tell(story, "refused", again);
  };
  expect(verdicts({ more })).toEqual(allPass);
});

test("a newer proposal of the same release counts once all four have signed it, and not before", () => {
  const again = { ...releaseBody, proposal: idFor("again") };
  const propose = (story: Story): void =>
    tell(story, "proposed", { ...again, operator: cast.operator, not_after: STORY_BEGINS + 1 });
  const sign = (story: Story): void => {
    for (const [role, person] of Object.entries(cast.signers))
      tell(story, "signed", { ...again, role, person, credential: digestFor("no passkey of hers") });
  };
  expect(verdicts({ more: propose })).toEqual(allPass);
  const signed = (story: Story): void => {
    propose(story);
    sign(story);
  };
  expect(verdicts({ more: signed })).toMatchObject({ "REL-01": "fail" });
});

test("proposals that ended and never were in force are forgotten at the next, those that were are not", () => {
  const more = (story: Story): void => {
    const old = { ...second, proposal: idFor("old"), deployment: digestFor("old deployment") };
    tell(story, "proposed", { ...old, not_after: STORY_BEGINS + 1 });
    const refused = { ...second, proposal: idFor("refused"), deployment: digestFor("refused deployment") };
    tell(story, "proposed", { ...refused, not_after: STORY_BEGINS + 90 * 86_400_000 });
    tell(story, "refused", refused);
    tell(story, "proposed", { ...second, not_after: STORY_BEGINS + 90 * 86_400_000 });
    tell(story, "proposed", { ...second, proposal: idFor("third"), not_after: STORY_BEGINS + 1 });
  };
  const { known } = foldFixture(controls, fixture({ more }));
  expect(Object.keys(known.proposals[cast.agent] ?? {})).toEqual([
    cast.proposal,
    second.proposal,
    idFor("third"),
  ]);
});

test("newer policies that nobody proposed are no drift of a release that goes on under its own", () => {
  const judged = (isReleaseStanding: boolean): Record<string, string | undefined> =>
    verdicts({ world: (world) => ({ ...world, release: second.release, isReleaseStanding }) });
  expect(judged(true)).toMatchObject({ "REL-04": "pass", "REL-01": "not_established" });
  expect(judged(false)).toMatchObject({ "REL-04": "fail", "REL-01": "not_established" });
});
