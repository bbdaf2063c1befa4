import type { JsonObject } from "@narrowgate/kernel";
import { describe, expect, test } from "vitest";
import { catalogue } from "../catalogue/catalogue.ts";
import type { Limits } from "../fold/control.ts";
import { createFold } from "../fold/create-fold.ts";
import { judgeControl } from "../fold/judge-control.ts";
import type { World } from "../fold/world.ts";
import { cast, jktOf, tok } from "../self-test/cast.ts";
import { type FixtureOptions, fixture, foldFixture, judgeFixture } from "../self-test/fixture.ts";
import { withBody } from "../self-test/fixture-edits.ts";
import { tellCall, tellToken } from "../self-test/normal-life.ts";
import { digestFor, idFor, type Story, type StoryEdit } from "../self-test/story.ts";
import { controls } from "./all.ts";

function judged(id: string, options: FixtureOptions) {
  return judgeFixture(controls, fixture(options)).get(id);
}

/** The verdict of one control under limits of an organisation's own. */
function judgedWithin(id: string, limits: Limits, options: FixtureOptions) {
  const told = fixture(options);
  const key = { ...foldFixture([], told).key, limits: { [id]: limits } };
  const fold = createFold(controls, key);
  for (const [index, { leaf }] of told.entries.entries())
    fold.take({ leaf, index }, ({ index: at, part }) => told.entries[at]?.openings[part]);
  const control = controls.find((one) => one.id === id);
  const row = catalogue.controls.find((one) => one.id === id);
  if (control === undefined || row === undefined) throw new RangeError(id);
  return judgeControl(fold, control, row, told.world);
}

test("CRD-01 passes over a key that was not accepted", () => {
  const refused = withBody("attestation helper", { verdict: "refused", jkt: jktOf("triage") });
  expect(judged("CRD-01", refused)).toMatchObject({ verdict: "pass", violations: [] });
});

describe("CRD-03", () => {
  const permit = (story: Story, name: string, body: JsonObject): void =>
    story.tell(name, {
      type: "decision",
      agent: cast.agent,
      body: { verdict: "permit", policy: cast.policy, procedure: cast.procedure, feed: 1, ...body },
    });

  test("asks no proof of the opening of a task, nor of the further questions of one request", () => {
    const more = (story: Story): void => {
      permit(story, "open", { action: "mandate" });
      permit(story, "asked", { action: "evaluate", use: digestFor("use of a question") });
      permit(story, "asked too", { action: "evaluate" });
    };
    expect(judged("CRD-03", { more })).toMatchObject({ verdict: "pass", population: { count: 6 } });
  });

  test("takes no proof of a question twice either", () => {
    const use = digestFor("use of a question");
    const more = (story: Story): void => {
      permit(story, "asked", { action: "evaluate", use });
      permit(story, "asked again", { action: "evaluate", use });
    };
    expect(judged("CRD-03", { more })).toMatchObject({
      verdict: "fail",
      violations: [{ says: "a possession proof was taken twice" }],
    });
  });

  const uses = (...names: readonly string[]) => ({
    more: (story: Story): void => {
      for (const [n, name] of names.entries())
        permit(story, `use ${n}`, { action: "call", use: digestFor(name) });
    },
  });

  test.each<[string, readonly string[], string]>([
    ["the newest proof", ["a", "a"], "fail"],
    ["no more than it is to remember", ["a", "b", "a"], "pass"],
    ["as many as it is to remember", ["a", "b", "c", "b", "c", "c"], "fail"],
  ])("remembers %s", (_, names, verdict) => {
    expect(judgedWithin("CRD-03", { proofs_remembered: 1 }, uses(...names)).verdict).toBe(verdict);
  });
});

describe("DEL-04", () => {
  const calls = (...tokens: readonly string[]): FixtureOptions => ({
    edit: (step, draft) =>
      step === "dispatch call 2"
        ? { ...draft, body: { ...draft.body, server: idFor("another server") } }
        : draft,
    more: (story) => {
      for (const name of ["a", "b"]) tellToken(story, { name, agent: cast.agent, tools: ["read_text"] });
      for (const [n, token] of tokens.entries())
        tellCall(story, { name: `call ${n}`, token, tool: "read_text" });
    },
  });
  // The calls of the story itself are made with two tokens.
  const remembered = (most: number, ...tokens: readonly string[]) =>
    judgedWithin("DEL-04", { tokens_remembered: most }, calls(...tokens)).verdict;

  test("remembers at which server a token was used, as long as it is to", () => {
    expect(remembered(65_536, "a", "b", "a")).toBe("fail");
    expect(remembered(2, "a", "b", "a")).toBe("fail");
    expect(remembered(1, "a", "b", "a")).toBe("pass");
  });

  test("holds a token to the server where it was used first", () => {
    expect(judged("DEL-04", calls("a", "b", "a", "a"))?.violations_in_all).toBe(1);
  });

  test("passes over calls without a token", () => {
    expect(judged("DEL-04", withBody("decide read", { token: undefined }))).toMatchObject({
      verdict: "pass",
      population: { count: 3 },
    });
  });
});

describe("DEL-03", () => {
  /** Hand-offs to and fro, each on the token of the one before. */
  const chain = (length: number): FixtureOptions => ({
    edit: (step, draft) =>
      step === "helper" || step === "retired"
        ? { ...draft, content: { document: { id: "fetcher", tier: "T3", delegates: ["triage"] } } }
        : draft,
    more: (story) => {
      for (let n = 2; n <= length; n++) {
        const agent = n % 2 === 0 ? cast.agent : cast.helper;
        tellToken(story, {
          name: `hop ${n}`,
          agent,
          tools: ["read_text"],
          parent: n === 2 ? "child" : `hop ${n - 1}`,
        });
      }
    },
  });

  /** That many hand-offs of one token. */
  const fan =
    (width: number): ((story: Story) => void) =>
    (story) => {
      for (let n = 1; n < width; n++)
        tellToken(story, { name: `child ${n}`, agent: cast.helper, tools: ["read_text"], parent: "root" });
    };

  test("lets a chain be three hand-offs deep, and no deeper", () => {
    expect(judged("DEL-03", chain(3))?.verdict).toBe("pass");
    expect(judged("DEL-03", chain(4))).toMatchObject({
      verdict: "fail",
      violations: [{ says: "a chain is 4 hand-offs deep" }],
    });
  });

  test("lets a token be handed off sixty-four times, and no more", () => {
    expect(judged("DEL-03", { more: fan(64) })?.verdict).toBe("pass");
    expect(judged("DEL-03", { more: fan(65) })).toMatchObject({
      verdict: "fail",
      violations: [{ says: "65 hand-offs under one root" }],
    });
  });

  test("counts what is handed on again under the root it came from", () => {
    const limits = { depth: 9, fan_out: 2, roots_remembered: 16 };
    expect(judgedWithin("DEL-03", limits, chain(2)).verdict).toBe("pass");
    expect(judgedWithin("DEL-03", limits, chain(3)).violations).toMatchObject([
      { says: "3 hand-offs under one root" },
    ]);
  });

  test("remembers as many roots as it is to", () => {
    const other = (story: Story): void => {
      tellToken(story, { name: "second", agent: cast.agent, tools: ["read_text"] });
      for (const [n, parent] of ["second", "root"].entries())
        tellToken(story, { name: `of ${n}`, agent: cast.helper, tools: ["read_text"], parent });
    };
    const within = (roots_remembered: number) =>
      judgedWithin("DEL-03", { depth: 3, fan_out: 1, roots_remembered }, { more: other }).verdict;
    expect([within(1), within(2)]).toEqual(["pass", "fail"]);
  });

  test.each<[string, FixtureOptions]>([
    ["a hand-off comes from an agent that nobody registered", { edit: without("agent") }],
    [
      "a hand-off comes from an agent that nobody registered",
      withBody("token child", { parent: tok("nowhere") }),
    ],
    ["an agent was handed a token before it was registered", { edit: without("helper") }],
  ])("says that %s", (says, options) => {
    const ofHelper: FixtureOptions = {
      ...options,
      world: (world) => ({ ...world, agent: { ...world.agent, ref: cast.helper } }),
    };
    expect(judged("DEL-03", ofHelper)).toMatchObject({ verdict: "fail", violations: [{ says }] });
  });

  test("does not forget a root for being used often", () => {
    const limits = { depth: 3, fan_out: 2, roots_remembered: 1 };
    expect(judgedWithin("DEL-03", limits, { more: fan(3) }).verdict).toBe("fail");
  });

  test("governs an agent that hands off to nobody, once it was handed something", () => {
    const world = (of: World) => ({ ...of, agent: { ...of.agent, ref: cast.helper } });
    expect(judged("DEL-03", { world })?.verdict).toBe("pass");
  });

  test("does not apply to an agent that is registered to hand off to nobody, and was handed nothing", () => {
    const alone = (delegates: readonly string[] | undefined): FixtureOptions => ({
      edit: (step, draft) => {
        if (/ child$| helped$/.test(step)) return undefined;
        if (step !== "agent" || delegates === undefined) return draft;
        return { ...draft, content: { document: { id: "triage", tier: "T3", delegates: [...delegates] } } };
      },
    });
    expect(judged("DEL-03", alone([]))?.verdict).toBe("not_applicable");
    expect(judged("DEL-03", alone(["fetcher"]))?.verdict).toBe("not_established");
  });
});

function without(name: string): StoryEdit {
  return (step, draft) => (step === name ? undefined : draft);
}
