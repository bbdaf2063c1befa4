import { MAX_WAIVER_MS, type Waiver } from "@narrowgate/contracts";
import { describe, expect, test } from "vitest";
import type { World } from "../fold/world.ts";
import { cast } from "../self-test/cast.ts";
import { type FixtureOptions, fixture, judgeFixture } from "../self-test/fixture.ts";
import { atStep, inWorld, withBody } from "../self-test/fixture-edits.ts";
import { releaseBody, tellToken } from "../self-test/normal-life.ts";
import { drillsOf } from "../self-test/normal-world.ts";
import { digestFor, idFor, type StoryEdit } from "../self-test/story.ts";
import { controls } from "./all.ts";

/** What differs of a waiver; it is told the instant of the evaluation. */
type Change = (at: number) => Partial<Waiver>;

function judged(id: string, options: FixtureOptions) {
  return judgeFixture(controls, fixture(options)).get(id);
}

describe("REL-03, of waivers,", () => {
  const waive = (...changes: readonly Change[]): FixtureOptions =>
    inWorld((world) => ({
      ...world,
      waivers: changes.map((change) => ({
        format: "narrowgate-waiver/1",
        id: cast.proposal,
        control: "POL-05",
        agent: "triage",
        owner: "owner",
        reason: "in a hurry",
        compensating: "DEL-02",
        from: world.at - 5000,
        until: world.at + 1000,
        ...change(world.at),
      })),
    }));

  test("says how many there are, and for how long the oldest has been there", () => {
    const five: Change = () => ({});
    const sixtyOne: Change = (at) => ({ from: at - 61_999 });
    const coming: Change = (at) => ({ from: at + 500 });
    const of = (...changes: readonly Change[]) => judged("REL-03", waive(...changes));
    expect(of(five)).toMatchObject({ verdict: "pass", parameters: { waivers: 1, oldest_waiver_s: 5 } });
    expect(of(five, sixtyOne)?.parameters).toMatchObject({ waivers: 2, oldest_waiver_s: 61 });
    expect(of(coming)?.parameters).toMatchObject({ waivers: 1, oldest_waiver_s: 0 });
  });

  test("counts neither one that is over, from its last instant on, nor one of another agent", () => {
    const none = { verdict: "pass", parameters: { waivers: 0, oldest_waiver_s: 0 } };
    const wrong = { control: "DEL-01" };
    expect(
      judged(
        "REL-03",
        waive((at) => ({ ...wrong, until: at })),
      ),
    ).toMatchObject(none);
    expect(
      judged(
        "REL-03",
        waive(() => ({ ...wrong, agent: "fetcher" })),
      ),
    ).toMatchObject(none);
    expect(
      judged(
        "REL-03",
        waive((at) => ({ ...wrong, until: at + 1 })),
      )?.verdict,
    ).toBe("fail");
  });

  test.each<[string, Change, readonly string[]]>([
    ["of thirty days", (at) => ({ until: at - 5000 + MAX_WAIVER_MS }), []],
    ["of longer", (at) => ({ until: at - 4999 + MAX_WAIVER_MS }), ["the waiver of POL-05 is too long"]],
    [
      "that stands in for itself",
      () => ({ compensating: "POL-05" }),
      ["the waiver of POL-05 is compensated by itself"],
    ],
  ])("judges one %s", (_, change, says) => {
    expect(judged("REL-03", waive(change))?.violations.map((one) => one.says)).toEqual(says);
  });
});

describe("REL-02, of a profile of an organisation's own that demands forty drills,", () => {
  const forty = Array.from({ length: 40 }, (_, n) => ({
    drill: `DR-${String(n + 1).padStart(2, "0")}`,
    load: "L0" as const,
    trials: 1,
  }));
  const demanding = (change: (world: World) => World): FixtureOptions =>
    inWorld((world) => {
      const profile = { ...world.profile, name: "ours", drills: forty };
      return change({ ...world, profile, drills: drillsOf(profile, world.at) });
    });

  test("names every result that counts, and the leaves of the first thirty-two", () => {
    const result = judged(
      "REL-02",
      demanding((world) => world),
    );
    expect(result).toMatchObject({ verdict: "pass", parameters: { drills: 40, passed: 40 } });
    expect(result?.drills).toHaveLength(40);
    expect(result?.evidence).toHaveLength(32);
  });

  test("names the first thirty-two that failed, and counts all", () => {
    const failing = demanding((world) => ({
      ...world,
      drills: world.drills.map((one) => ({
        ...one,
        result: { ...one.result, verdict: "fail", failures: 1 },
      })),
    }));
    const result = judged("REL-02", failing);
    expect(result?.violations).toHaveLength(32);
    // One more for those that the catalogue itself counts as evidence of it.
    expect(result?.violations_in_all).toBe(41);
  });
});

test("REL-02 says in how many drills something was simulated", () => {
  const simulated = inWorld((world) => ({
    ...world,
    drills: world.drills.map((one, n) => ({
      ...one,
      result: { ...one.result, simulated: n < 2 ? ["the upstream"] : [] },
    })),
  }));
  expect(judged("REL-02", simulated)?.parameters).toMatchObject({ simulated: 2 });
});

describe("REL-01", () => {
  test("finds one person who signed in two roles, though she holds both", () => {
    const { iam } = cast.signers;
    const both: StoryEdit = (step, draft) => {
      if (step === "person iam") return { ...draft, body: { ...draft.body, roles: ["iam", "pam"] } };
      if (step !== "signed pam") return draft;
      return { ...draft, body: { ...draft.body, person: iam, credential: digestFor("passkey iam") } };
    };
    expect(judged("REL-01", { edit: both })).toMatchObject({
      verdict: "fail",
      violations: [{ entry: idFor("signed pam"), says: "pam: the same person has signed in another role" }],
      violations_in_all: 1,
    });
  });

  test("compares no deployment where none stands", () => {
    const none = inWorld(({ deployment: _, ...world }) => world);
    expect(judged("REL-01", none)).toMatchObject({ verdict: "pass", violations: [] });
  });
});

describe("a token of production", () => {
  const naming = (...deployments: readonly string[]) => {
    const names = ["all:all", ...deployments.map((one) => `release:${one}`)].sort();
    return names.map((name) => [name, 0]);
  };
  const never = digestFor("never in force");

  test("that names a release that never was in force beside one that was is a counter-example", () => {
    const both = withBody("token root", { epochs: naming(cast.deployment, never) });
    const says = "a token names a release that was never brought into force";
    expect(judged("IDN-03", both)).toMatchObject({ verdict: "fail", violations: [{ says }] });
  });

  test("that names one release that never was in force is a counter-example", () => {
    const says = "a token of production names no release that was in force";
    expect(judged("REL-04", withBody("token root", { epochs: naming(never) }))).toMatchObject({
      verdict: "fail",
      violations: [{ says }],
    });
  });

  test("that names two releases is of neither, though both were in force", () => {
    const deployment = digestFor("second deployment");
    const late = { name: "late", agent: cast.agent, tools: ["read_text"] };
    const two = judged("REL-04", {
      edit: atStep("token late", (draft) => ({
        ...draft,
        body: { ...draft.body, epochs: naming(cast.deployment, deployment) },
      })),
      more: (story) => {
        for (const change of [{ deployment }, {}]) {
          const body = { ...releaseBody, ...change, action: "activated", operator: cast.operator };
          story.tell(`activated ${story.entries.length}`, { type: "release", agent: cast.agent, body });
        }
        tellToken(story, late);
      },
    });
    expect(two).toMatchObject({ verdict: "fail", violations: [{ entry: idFor("token late") }] });
  });
});

test.each([["IDN-02"], ["IDN-03"], ["POL-04"]])(
  "%s finds nothing of an agent that nobody registered",
  (id) => {
    const stranger = inWorld((world) => ({ ...world, agent: { ...world.agent, ref: idFor("nobody") } }));
    expect(judged(id, stranger)).toMatchObject({ verdict: "not_established", population: { count: 0 } });
  },
);
