import type { JsonObject } from "@narrowgate/kernel";
import { describe, expect, test } from "vitest";
import type { GateFacts, HeadFacts, ReplayFacts, World } from "../fold/world.ts";
import { cast } from "../self-test/cast.ts";
import { type FixtureOptions, fixture, judgeFixture } from "../self-test/fixture.ts";
import { atStep, inWorld, withBody } from "../self-test/fixture-edits.ts";
import { agentDocument, tellCall } from "../self-test/normal-life.ts";
import { idFor, STORY_BEGINS, type StoryDraft } from "../self-test/story.ts";
import { controls } from "./all.ts";

const day = 86_400_000;
const normal = fixture();
const second = STORY_BEGINS / 1000;

/** When a step of a normal life was told. */
function told(step: string): number {
  const found = normal.entries.find(({ leaf }) => leaf.id === idFor(step));
  if (found === undefined) throw new RangeError(`nothing is told as ${step}`);
  return found.leaf.at;
}

function at(instant: number): FixtureOptions {
  return inWorld((world) => ({ ...world, at: instant }));
}

function helperCalls(after: number): FixtureOptions {
  const late = { name: "late", token: "child", tool: "read_text", agent: cast.helper, after };
  return { more: (story) => tellCall(story, late) };
}

function replayed(change: Partial<ReplayFacts>): FixtureOptions {
  return inWorld(({ replay, ...world }) =>
    replay === undefined ? world : { ...world, replay: { ...replay, ...change } },
  );
}

function heads(change: Partial<HeadFacts>): FixtureOptions {
  return inWorld(({ heads: known, ...world }) =>
    known === undefined ? world : { ...world, heads: { ...known, ...change } },
  );
}

function gate(change: Partial<GateFacts>): FixtureOptions {
  return inWorld(({ gate: set, ...world }) =>
    set === undefined ? world : { ...world, gate: { ...set, ...change } },
  );
}

function figures(change: JsonObject): FixtureOptions {
  return inWorld((world) => ({
    ...world,
    drills: world.drills.map((one) => ({
      ...one,
      result: { ...one.result, figures: { ...one.result.figures, ...change } },
    })),
  }));
}

function ofTier(tier: "T1" | "T2" | "T3", document: JsonObject = {}) {
  const agent = (draft: StoryDraft): StoryDraft => ({
    ...draft,
    after: 940,
    content: { document: { ...agentDocument("triage", ["fetcher"]), tier, ...document } },
  });
  return {
    edit: atStep("agent", agent),
    world: (world: World) => ({ ...world, agent: { ...world.agent, tier } }),
  };
}

/** A token that lives so many seconds, of an agent of a tier. */
function living(seconds: number, tier: "T1" | "T2" | "T3"): FixtureOptions {
  const agent = ofTier(tier).edit;
  const token = withBody("token root", { expires_s: second + 1 + seconds }).edit;
  return {
    edit: (step, draft) => {
      const changed = agent(step, draft);
      return changed === undefined || token === undefined ? changed : token(step, changed);
    },
  };
}

/** An agent that expires so many seconds after it was registered, at a whole second. */
function expiring(seconds: number, tier: "T1" | "T2" | "T3"): FixtureOptions {
  return ofTier(tier, { expires: second + 1 + seconds });
}

const atLimit: readonly (readonly [string, FixtureOptions])[] = [
  ["CRD-04", living(901, "T3")],
  ["CRD-04", living(3601, "T2")],
  ["CRD-04", living(3601, "T1")],
  ["CRD-04", withBody("token own", { expires_s: second + 901 })],
  ["CRD-04", at(told("key") + 180 * day + 999)],
  ["CTN-01", figures({ local_stop_ms: 1000, contained_ms: 60_000 })],
  ["DEL-06", withBody("mandate", { expires: told("mandate") + 30 * day })],
  ["DEL-06", { more: (story) => tellCall(story, late(told("closed") + 5000 - story.now)) }],
  ["EVD-01", replayed({ at: normal.world.at - day })],
  ["EVD-02", heads({ cosignedAt: normal.world.at - 3_600_999 })],
  ["EVD-02", heads({ witnesses: 2, threshold: 2 })],
  ["IDN-02", expiring(730 * 86_400, "T1")],
  ["IDN-02", expiring(548 * 86_400, "T2")],
  ["IDN-02", expiring(456 * 86_400, "T3")],
  ["IDN-02", at(told("agent") + 90 * day)],
  ["IDN-05", helperCalls(900_000)],
  ["APR-03", withBody("requested", { not_after: told("decide send") })],
  ["POL-02", gate({ feedMaxAgeSeconds: 60 })],
  ["POL-05", { edit: atStep("dispatch read", (draft) => ({ ...draft, after: 10_000 })) }],
  ["REL-01", at(told("signed compliance") + 90 * day)],
  ["REL-05", figures({ rollback_ms: 5000 })],
];

const beyond: readonly (readonly [string, RegExp, FixtureOptions])[] = [
  ["CRD-04", /lives 902 s/, living(902, "T3")],
  ["CRD-04", /lives 3602 s/, living(3602, "T2")],
  ["CRD-04", /lives 3602 s/, living(3602, "T1")],
  ["CRD-04", /lives 902 s/, withBody("token own", { expires_s: second + 902 })],
  ["CRD-04", /signing key is older/, at(told("key") + 180 * day + 1000)],
  ["CTN-01", /^local_stop_ms is above its limit$/, figures({ local_stop_ms: 1001 })],
  ["CTN-01", /^contained_ms is above its limit$/, figures({ contained_ms: 60_001 })],
  ["DEL-06", /longer than allowed/, withBody("mandate", { expires: told("mandate") + 30 * day + 1 })],
  [
    "DEL-06",
    /after its task had ended/,
    { more: (story) => tellCall(story, late(told("closed") + 5001 - story.now)) },
  ],
  // It was never closed before its time was over.
  ["DEL-06", /after its task had ended/, withBody("mandate", { expires: told("decide send") - 5001 })],
  ["EVD-02", /leaf 7/, heads({ missing: ["leaf 7 is not under the head"] })],
  ["IDN-02", /later than its tier/, expiring(730 * 86_400 + 1, "T1")],
  ["IDN-02", /later than its tier/, expiring(548 * 86_400 + 1, "T2")],
  ["IDN-02", /later than its tier/, expiring(456 * 86_400 + 1, "T3")],
  ["IDN-02", /stated the registration anew/, at(told("agent") + 90 * day + 1)],
  ["IDN-05", /let through/, helperCalls(900_001)],
  ["APR-03", /time was over/, withBody("requested", { not_after: told("decide send") - 1 })],
  ["POL-02", /goes on for too long/, gate({ feedMaxAgeSeconds: 61 })],
  ["POL-02", /irreversible call does not stop/, gate({ failClosed: false })],
  ["POL-05", /used late/, { edit: atStep("dispatch read", (draft) => ({ ...draft, after: 10_001 })) }],
  ["REL-01", /^compliance: signed too long ago$/, at(told("signed compliance") + 90 * day + 1)],
  ["REL-05", /took too long/, figures({ rollback_ms: 5001 })],
];

function late(after: number) {
  return { name: "late", token: "root", tool: "read_text", after };
}

function judged(id: string, options: FixtureOptions) {
  return judgeFixture(controls, fixture(options)).get(id);
}

describe("a control", () => {
  test.each(atLimit.map(([id, options], n) => [id, n, options] as const))(
    "%s holds to the very limit (%i)",
    (id, _, options) => {
      // What drills showed ages by itself, and is held to its age elsewhere.
      const young = inWorld((world) => ({
        ...world,
        drills: world.drills.map((one) => ({ ...one, result: { ...one.result, ended: world.at } })),
      }));
      const world = (of: World): World => young.world?.(options.world?.(of) ?? of) ?? of;
      expect(judged(id, { ...options, world })).toMatchObject({ verdict: "pass", violations: [] });
    },
  );

  test.each(beyond)("%s fails past it with %s", (id, says, options) => {
    const result = judged(id, options);
    expect(result?.verdict).toBe("fail");
    expect(result?.violations_in_all).toBe(result?.violations.length);
    expect(result?.violations.map((one) => one.says).join("; ")).toMatch(says);
  });

  test.each<[string, RegExp, FixtureOptions]>([
    ["EVD-01", /replay is too old/, replayed({ at: normal.world.at - day - 1 })],
    ["EVD-02", /cosigned head is too old/, heads({ cosignedAt: normal.world.at - 3_601_000 })],
  ])("%s is stale past it", (id, unmet, options) => {
    const result = judged(id, options);
    expect(result?.verdict).toBe("stale");
    expect(result?.unmet).toMatch(unmet);
  });
});

describe("POL-04, thirty days after", () => {
  const month = 30 * day;
  const after = (instant: number) => judged("POL-04", at(instant));

  test("the registration, looks at what is granted", () => {
    expect(after(told("agent") + month - 1)?.parameters).toMatchObject({ granted_for_long_enough: false });
    expect(after(told("agent") + month)?.parameters).toMatchObject({ granted_for_long_enough: true });
  });

  test("a read, counts it as unused, and lets it go", () => {
    expect(after(told("dispatch read") + month - 1)?.parameters).toMatchObject({ unused: 0 });
    expect(after(told("dispatch read") + month)).toMatchObject({
      verdict: "pass",
      parameters: { unused: 1 },
    });
  });

  test("a write, fails", () => {
    expect(after(told("dispatch write") + month - 1)?.verdict).toBe("pass");
    expect(after(told("dispatch write") + month)).toMatchObject({
      verdict: "fail",
      violations: [{ says: "files/write_text is granted and not used" }],
      violations_in_all: 1,
    });
  });
});
