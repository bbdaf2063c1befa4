import type { JsonObject } from "@narrowgate/kernel";
import { describe, expect, test } from "vitest";
import { cast } from "../self-test/cast.ts";
import { fixture, foldFixture } from "../self-test/fixture.ts";
import { releaseBody } from "../self-test/normal-life.ts";
import { digestFor, idFor, STORY_BEGINS, Story } from "../self-test/story.ts";
import type { Known } from "./known.ts";

const { world } = fixture();
const { agent, operator } = cast;
const person = cast.signers.security;
const credential = digestFor("passkey security");

type Step = readonly [type: "person" | "release", body: JsonObject];

/** What is known after these steps, ten milliseconds after one another. */
function knownAfter(...steps: readonly Step[]): Known {
  const story = new Story();
  for (const [i, [type, body]] of steps.entries())
    story.tell(`step ${i}`, { type, body, ...(type === "release" ? { agent } : {}) });
  return foldFixture([], { entries: story.entries, world }).known;
}

const at = (step: number): number => STORY_BEGINS + 10 * (step + 1);

const ofPerson = (action: string, more: JsonObject = {}): Step => ["person", { action, person, ...more }];
const enrolled = ofPerson("enrolled", { roles: ["security"] });
const withPasskey = ofPerson("credential_added", { credential, authenticator: "virtual" });

const ofRelease = (action: string, more: JsonObject = {}): Step => [
  "release",
  { ...releaseBody, action, ...more },
];
const proposed = (more: JsonObject = {}): Step =>
  ofRelease("proposed", { operator, not_after: STORY_BEGINS + 1000, ...more });
const byPerson = (action: string): Step => ofRelease(action, { person, credential, role: "security" });
const other = { proposal: idFor("another proposal"), deployment: digestFor("another deployment") };

describe("a person", () => {
  test.each<[string, readonly Step[], boolean]>([
    ["who was enrolled is active", [enrolled], true],
    ["who was removed is not", [enrolled, ofPerson("removed")], false],
    ["who was changed or given a passkey since is not", [enrolled, ofPerson("removed"), withPasskey], false],
    ["who was enrolled again is", [enrolled, ofPerson("removed"), enrolled], true],
    [
      "whose newest leaf alone was stated anew, as a recovered log begins, is",
      [withPasskey, ofPerson("changed", { roles: ["security"] })],
      true,
    ],
  ])("%s", (_, steps, isActive) => {
    expect(knownAfter(...steps).people[person]).toMatchObject({ roles: ["security"], isActive });
  });
});

describe("a signature under a proposal", () => {
  test.each<[string, readonly Step[], boolean]>([
    ["counts of somebody enrolled for the role, with her passkey", [enrolled, withPasskey], true],
    ["does not count of nobody known", [], false],
    [
      "does not count of somebody in another role",
      [ofPerson("enrolled", { roles: ["iam"] }), withPasskey],
      false,
    ],
    ["does not count of somebody removed", [enrolled, withPasskey, ofPerson("removed")], false],
    ["does not count without her passkey", [enrolled], false],
    [
      "does not count with a passkey that was taken from her",
      [enrolled, withPasskey, ofPerson("credential_removed", { credential })],
      false,
    ],
  ])("%s", (_, people, isEligible) => {
    const known = knownAfter(...people, proposed(), byPerson("signed"));
    const index = people.length + 1;
    expect(known.proposals[agent]?.[cast.proposal]?.signed).toEqual({
      security: { person, at: at(index), entry: idFor(`step ${index}`), index, isEligible },
    });
  });

  test("is none where somebody refused", () => {
    const { proposals } = knownAfter(enrolled, withPasskey, proposed(), byPerson("refused"));
    const proposal = proposals[agent]?.[cast.proposal];
    expect([proposal?.signed, proposal?.refused]).toEqual([{}, true]);
  });
});

describe("when another release is proposed, an earlier proposal", () => {
  const next = (more: JsonObject = {}): Step =>
    proposed({ ...other, not_after: STORY_BEGINS + 2000, ...more });

  test.each<[string, readonly Step[], boolean]>([
    ["that may still be signed is kept", [proposed()], true],
    ["whose time is over is dropped", [proposed({ not_after: at(1) })], false],
    ["that has a millisecond left is kept", [proposed({ not_after: at(1) + 1 })], true],
    ["that somebody refused is dropped", [proposed(), byPerson("refused")], false],
    ["that was withdrawn is dropped", [proposed(), ofRelease("withdrawn", { operator })], false],
    [
      "that was in force for some mandates is kept, though it was withdrawn",
      [proposed(), ofRelease("canary", { operator, share: 5 }), ofRelease("withdrawn", { operator })],
      true,
    ],
  ])("%s", (_, before, isKept) => {
    const { proposals } = knownAfter(...before, next());
    const ids = isKept ? [cast.proposal, other.proposal] : [other.proposal];
    expect(Object.keys(proposals[agent] ?? {})).toEqual(ids);
  });
});

describe("a release in force", () => {
  const activated = ofRelease("activated", { operator });

  test("is out of it once it was taken out", () => {
    const { release, deployment, proposal } = cast;
    const active = { release, deployment, proposal, at: at(0) };
    expect(knownAfter(activated).active).toEqual({ [agent]: active });
    expect(knownAfter(activated, ofRelease("deactivated", { operator })).active).toEqual({});
  });

  test("stays in it when another one is taken out", () => {
    const known = knownAfter(activated, ofRelease("deactivated", { operator, ...other }));
    expect(known.active[agent]).toMatchObject({ deployment: cast.deployment });
  });

  test("for some mandates alone is one that ever was", () => {
    const known = knownAfter(ofRelease("canary", { operator, share: 5 }));
    expect([known.active, known.activated]).toEqual([{}, { [cast.deployment]: true }]);
  });
});

describe("an agent that two people let through without a release", () => {
  const until = STORY_BEGINS + 3_600_000;
  const opened = ofRelease("glass_opened", { operator, until });
  const glass = { entry: idFor("step 0"), index: 0, until, reviewed: false };

  test.each<[string, readonly Step[], object]>([
    ["is so until its time is over, and to be reviewed", [opened], glass],
    [
      "is so no longer once it was ended",
      [opened, ofRelease("glass_ended", { operator })],
      { ...glass, until: at(1) },
    ],
    ["is reviewed once somebody did", [opened, byPerson("glass_reviewed")], { ...glass, reviewed: true }],
    ["is neither by anything else that is said of it", [opened, byPerson("glass_signed")], glass],
  ])("%s", (_, steps, found) => {
    const known = knownAfter(...steps);
    expect(known.glasses[agent]?.[cast.proposal]).toEqual(found);
    expect(known.activated).toEqual({ [cast.deployment]: true });
  });

  test("is none that was never opened", () => {
    expect(knownAfter(ofRelease("glass_ended", { operator })).glasses).toEqual({});
  });
});
