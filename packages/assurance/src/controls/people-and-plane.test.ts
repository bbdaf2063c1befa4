import { describe, expect, test } from "vitest";
import type { World } from "../fold/world.ts";
import { cast, jktOf } from "../self-test/cast.ts";
import { type FixtureOptions, fixture, judgeFixture } from "../self-test/fixture.ts";
import { inWorld, withBody } from "../self-test/fixture-edits.ts";
import { agentDocument } from "../self-test/normal-life.ts";
import { idFor, STORY_BEGINS } from "../self-test/story.ts";
import { controls } from "./all.ts";

function judged(id: string, options: FixtureOptions) {
  return judgeFixture(controls, fixture(options)).get(id);
}

function behind(change: Partial<World["agent"]>): FixtureOptions {
  return inWorld((world) => ({ ...world, agent: { ...world.agent, ...change } }));
}

describe("IDN-02", () => {
  test("is open where a person behind the agent stands nowhere in the log", () => {
    const open = {
      verdict: "not_established",
      unmet: expect.stringContaining("no enrolled person"),
      decided: 4,
    };
    expect(judged("IDN-02", behind({ owner: idFor("nobody") }))).toMatchObject(open);
    expect(judged("IDN-02", behind({ deputy: idFor("nobody") }))).toMatchObject(open);
    const undeputised = inWorld(({ agent: { deputy: _, ...agent }, ...world }) => ({ ...world, agent }));
    expect(judged("IDN-02", undeputised)).toMatchObject(open);
  });

  test("takes nobody for one person in two places", () => {
    const nobody = inWorld(({ agent: { owner: _, deputy: __, ...agent }, ...world }) => ({
      ...world,
      agent,
    }));
    expect(judged("IDN-02", nobody)).toMatchObject({ verdict: "not_established", violations: [] });
  });

  test("is open where no registration says when the agent expires, though it holds no token", () => {
    const told = fixture({ edit: (step, draft) => (/ root$/.test(step) ? undefined : draft) });
    const entries = told.entries.map((one) =>
      one.leaf.id === idFor("agent") ? { ...one, openings: {} } : one,
    );
    expect(judgeFixture(controls, { ...told, entries }).get("IDN-02")).toMatchObject({
      verdict: "not_established",
      population: { count: 4 },
      decided: 3,
    });
  });

  test("counts everybody behind the agent who is gone", () => {
    const gone = judged("IDN-02", {
      more: (story) => {
        for (const person of [cast.owner, cast.deputy])
          story.tell(`gone ${person}`, { type: "person", body: { action: "removed", person } });
      },
    });
    expect(gone).toMatchObject({ verdict: "fail", violations_in_all: 2, decided: 5 });
  });

  test("finds a token that was minted in the very second in which the agent expired", () => {
    const whole = fixture().entries.find(({ leaf }) => leaf.id === idFor("token root"))?.leaf.at ?? 0;
    const expiring = (expires: number): FixtureOptions => ({
      edit: (step, draft) => {
        if (step === "agent")
          return { ...draft, content: { document: { ...agentDocument("triage", ["fetcher"]), expires } } };
        return step === "token root" ? { ...draft, after: 1010 - (whole % 1000) } : draft;
      },
    });
    const minted = STORY_BEGINS / 1000 + 1;
    expect(judged("IDN-02", expiring(minted))?.violations).toMatchObject([
      { says: "a token was minted after the agent expired" },
    ]);
    expect(judged("IDN-02", expiring(minted + 1))?.verdict).toBe("pass");
  });
});

describe("CTN-01, under a profile that does not demand its drill,", () => {
  const undemanded = (change: (world: World) => Partial<World["drills"][number]["result"]>): FixtureOptions =>
    inWorld((world) => ({
      ...world,
      profile: { ...world.profile, drills: [] },
      drills: world.drills.map((one) => ({ ...one, result: { ...one.result, ...change(world) } })),
    }));
  const month = 30 * 86_400_000;

  test("still wants the drill to be young", () => {
    const aged = (ms: number) =>
      judged(
        "CTN-01",
        undemanded(({ at }) => ({ ended: at - ms })),
      );
    expect(aged(month)?.verdict).toBe("pass");
    expect(aged(month + 1)).toMatchObject({
      verdict: "stale",
      unmet: "the kill switch was last drilled too long ago",
    });
  });

  test("fails with a drill that failed, whatever it counted", () => {
    expect(
      judged(
        "CTN-01",
        undemanded(() => ({ verdict: "fail" })),
      )?.verdict,
    ).toBe("fail");
    expect(
      judged(
        "CTN-01",
        undemanded(() => ({ failures: 1 })),
      ),
    ).toMatchObject({
      verdict: "fail",
      violations: [{ says: "1 of 1 were not stopped" }],
    });
  });

  test("is open with a drill that could not run, and says why", () => {
    const unrun = { verdict: "not_established" } as const;
    expect(
      judged(
        "CTN-01",
        undemanded(() => unrun),
      ),
    ).toMatchObject({
      verdict: "not_established",
      unmet: "the kill switch was not drilled with this release and build",
    });
    expect(
      judged(
        "CTN-01",
        undemanded(() => ({ ...unrun, unmet: "no room" })),
      )?.unmet,
    ).toBe("no room");
  });
});

describe("CRD-04", () => {
  test("goes by the newest key for tokens, and by no other", () => {
    const late = (purpose: string, action = "added"): FixtureOptions => ({
      more: (story) =>
        story.tell("late key", { type: "key", body: { action, purpose, kid: "k2" }, after: 5000 }),
      world: (world) => ({ ...world, at: STORY_BEGINS + 20 + 180 * 86_400_000 + 1000 }),
    });
    expect(judged("CRD-04", late("token"))?.verdict).toBe("pass");
    expect(judged("CRD-04", late("log"))?.verdict).toBe("fail");
    expect(judged("CRD-04", late("token", "retired"))?.verdict).toBe("fail");
  });
});

describe("POL-06", () => {
  const operator = (action: string, jkt: string): FixtureOptions => ({
    more: (story) =>
      story.tell("other operator", {
        type: "operator",
        body: { action, operator: idFor("operator bob"), jkt },
      }),
  });

  test("finds an agent's key that is enrolled as an operator's later", () => {
    expect(judged("POL-06", operator("enrolled", jktOf("triage")))).toMatchObject({
      verdict: "fail",
      violations: [{ says: "an agent's key was enrolled as an operator's" }],
    });
  });

  test("looks at keys that are enrolled or accepted, and at no others", () => {
    const three = { verdict: "pass", population: { count: 3 } };
    expect(judged("POL-06", operator("removed", jktOf("triage")))).toMatchObject(three);
    const refused = { verdict: "refused", jkt: jktOf("ada") };
    expect(
      judged("POL-06", {
        more: (story) =>
          story.tell("refused", {
            type: "attestation",
            agent: cast.agent,
            body: { method: "enrolment", instance: cast.instance, ...refused },
          }),
      }),
    ).toMatchObject(three);
  });
});

test("IDN-05 looks at agents alone, and at what was let through", () => {
  const server = { kind: "server", action: "retired" };
  expect(judged("IDN-05", withBody("server", server))).toMatchObject({ population: { count: 1 } });
  const refused = judged("IDN-05", {
    more: (story) =>
      story.tell("too late", {
        type: "decision",
        agent: cast.helper,
        after: 1_000_000,
        body: {
          action: "call",
          verdict: "refuse",
          code: "revoked",
          policy: cast.policy,
          procedure: cast.procedure,
          feed: 1,
        },
      }),
  });
  expect(refused).toMatchObject({ verdict: "pass", population: { count: 1 } });
});
