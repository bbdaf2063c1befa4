import { type GateProfile, parseEvaluation, type Waiver } from "@narrowgate/contracts";
import { sha256 } from "@narrowgate/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { catalogue, rowOf } from "../catalogue/catalogue.ts";
import { controls } from "../controls/all.ts";
import { cast } from "../self-test/cast.ts";
import { type Fixture, fixture, foldFixture, judgeFixture } from "../self-test/fixture.ts";
import { atStep, withBody } from "../self-test/fixture-edits.ts";
import { idFor, txnFor } from "../self-test/story.ts";
import { ageResults } from "./age-results.ts";
import { createFold, restoreFold } from "./create-fold.ts";
import { blockingControls, blocks, evaluate } from "./evaluate.ts";
import type { Want } from "./seen.ts";
import type { World } from "./world.ts";

const told = fixture();

function evaluated({ entries, world }: Fixture) {
  return evaluate(foldFixture(controls, { entries, world }), catalogue, world, sha256);
}

function openIn({ entries }: Fixture): (want: Want) => unknown {
  return ({ index, part }) => entries[index]?.openings[part];
}

const waiver: Waiver = {
  format: "narrowgate-waiver/1",
  id: cast.proposal,
  control: "CRD-04",
  agent: "triage",
  owner: "owner",
  reason: "the upstream cannot rotate yet",
  compensating: "CRD-03",
  from: told.world.at - 1000,
  until: told.world.at + 1000,
};

describe("an evaluation", () => {
  test("of a normal life is ready under the foundation, and says what is not established", () => {
    const evaluation = evaluated(told);
    expect(evaluation).toMatchObject({ verdict: "ready", blocking: [] });
    expect(evaluation.results.filter(({ verdict }) => verdict === "not_established")).toHaveLength(12);
    expect(parseEvaluation(structuredClone(evaluation))).toEqual(evaluation);
  });

  test("is not ready with one counter-example to a control that nobody can waive", () => {
    const evaluation = evaluated(fixture(withBody("decide read", { use: undefined })));
    expect(evaluation).toMatchObject({ verdict: "not_ready", blocking: ["CRD-03", "REL-03"] });
  });

  test("speaks of the log that was folded, and of no other size", () => {
    const world = { ...told.world, log: { ...told.world.log, size: told.entries.length + 1 } };
    expect(() => evaluate(foldFixture(controls, told), catalogue, world, sha256)).toThrow(/internal_error/);
  });

  test("keeps a control that breaks apart from the others", () => {
    const broken = controls.map((one) =>
      one.id === "DEL-04" ? { ...one, step: () => expect.unreachable("broken on purpose") } : one,
    );
    const results = judgeFixture(broken, told);
    expect(results.get("DEL-04")).toMatchObject({ verdict: "error", unmet: "the check itself broke" });
    expect(results.get("DEL-03")?.verdict).toBe("pass");
  });

  test("leaves open what was erased, below the share that must be decidable", () => {
    const erased = told.entries.map((entry) =>
      entry.leaf.type === "token" ? { ...entry, openings: {} } : entry,
    );
    const result = judgeFixture(controls, { ...told, entries: erased }).get("DEL-01");
    expect(result).toMatchObject({ verdict: "not_established", decided: 0 });
    expect(result?.unmet).toMatch(/cannot be decided/);
  });

  describe.each([
    ["by its age", "retention.content.30d", false, "pass"],
    ["on request", "gdpr.art17", true, "not_established"],
    ["on request, under the name of a rule of age", "retention.content.30d", true, "not_established"],
    ["under no rule of age, without a request", "gdpr.art17", false, "not_established"],
  ])("of a log in which a part was erased %s", (_, rule, isAsked, verdict) => {
    const body = { txn: txnFor("txn"), parts: ["content"], rule, operator: idFor("operator") };
    const proof = { proof: { request: "a.b.c" } };
    const later = fixture({
      more: (story) => story.tell("erased", { type: "erasure", body, ...(isAsked ? proof : {}) }),
    });
    const without = (name: string): Fixture => ({
      ...later,
      entries: later.entries.map((one) => (one.leaf.id === idFor(name) ? { ...one, openings: {} } : one)),
    });

    test(`a control whose share can still be decided is at ${verdict}`, () => {
      const result = judgeFixture(controls, without("decide write")).get("EVD-05");
      expect(result).toMatchObject({ verdict });
      if (verdict !== "pass") expect(result?.unmet).toMatch(/^1 of \d+ .* erased on request/);
    });

    test("a control that decided all is at pass", () => {
      expect(judgeFixture(controls, later).get("EVD-05")).toMatchObject({ verdict: "pass" });
    });
  });

  test("says how much of a sample was opened, and what that supports", () => {
    const result = judgeFixture(controls, told).get("TSC-01");
    expect(result?.parameters).toMatchObject({ opened: 4, miss_bound: 0.75, then_one_in: 64 });
  });

  test("counts only what lies in the window", () => {
    const day = 86_400_000;
    const later = {
      ...told.world,
      at: told.world.at + 9 * day,
      window: { from: told.world.at + 7 * day, to: told.world.at + 9 * day },
    };
    expect(judgeFixture(controls, { ...told, world: later }).get("DEL-04")?.population.count).toBe(0);
  });
});

describe("the fold", () => {
  test("gives the same wherever it was saved and taken up again", () => {
    const whole = evaluated(told);
    const { key } = foldFixture(controls, told);
    const open = openIn(told);
    fc.assert(
      fc.property(fc.nat(told.entries.length), (cut) => {
        let fold = createFold(controls, key);
        for (const [index, { leaf }] of told.entries.entries()) {
          if (index === cut) fold = restoreFold(controls, key, fold.save()) ?? createFold(controls, key);
          fold.take({ leaf, index }, open);
        }
        expect(evaluate(fold, catalogue, told.world, sha256)).toEqual(whole);
      }),
      { numRuns: 10 },
    );
  });

  test.each([["evaluator"], ["catalogue"], ["origin"]])("throws kept state of another %s away", (member) => {
    const fold = foldFixture(controls, told);
    expect(restoreFold(controls, { ...fold.key, [member]: "another" }, fold.save())).toBeUndefined();
  });

  test.each([[""], ["{}"], ["[1"]])("throws damaged state away: %j", (text) => {
    expect(restoreFold(controls, foldFixture(controls, told).key, text)).toBeUndefined();
  });

  test("takes leaves in order alone", () => {
    const [first] = told.entries;
    const fold = foldFixture(controls, told);
    expect(() => first && fold.take({ leaf: first.leaf, index: 3 }, openIn(told))).toThrow(/internal_error/);
  });

  test("asks for nothing to be opened but what a control reads", () => {
    const fold = createFold(controls, foldFixture(controls, told).key);
    for (const [index, { leaf }] of told.entries.entries()) {
      const parts = fold.wants({ leaf, index }).map(({ part }) => part);
      if (["outcome", "label", "person", "revocation"].includes(leaf.type)) expect(parts).toEqual([]);
      fold.take({ leaf, index }, openIn(told));
    }
  });
});

describe("drills", () => {
  const late = (world: World): World => ({
    ...world,
    drills: world.drills.map((one) => ({
      ...one,
      result: { ...one.result, ended: world.at - 31 * 86_400_000 },
    })),
  });

  test("that are too old leave their controls stale", () => {
    const results = judgeFixture(controls, fixture({ world: late }));
    expect(results.get("DEL-01")).toMatchObject({ verdict: "stale" });
    expect(results.get("REL-02")).toMatchObject({ verdict: "stale" });
  });

  test("of another release or build do not count", () => {
    const other = fixture({ world: (world) => ({ ...world, build: world.release }) });
    expect(judgeFixture(controls, other).get("CTN-01")).toMatchObject({ verdict: "not_established" });
  });

  test("about the plane do not take the place of what was found of this release, however new they are", () => {
    const told = (mine: "fail" | "pass") =>
      fixture({
        world: (world) => {
          const of = world.drills.map((one) => ({
            ...one.result,
            verdict: mine,
            failures: 1,
            release: world.release,
          }));
          const plane = world.drills.map(({ entry, index, result: { release: _, ...result } }) => ({
            entry,
            index,
            result: { ...result, ended: result.ended + 1 },
          }));
          const named = world.drills.map((one, i) => ({ ...one, result: of[i] ?? one.result }));
          return { ...world, drills: mine === "fail" ? [...named, ...plane] : plane };
        },
      });
    expect(judgeFixture(controls, told("fail")).get("DEL-01")?.verdict).toBe("fail");
    expect(judgeFixture(controls, told("pass")).get("DEL-01")?.verdict).toBe("pass");
  });

  test("that could not run leave their controls open, with what was missing", () => {
    const unrun = fixture({
      world: (world) => ({
        ...world,
        drills: world.drills.map((one) =>
          one.result.drill === "DR-26"
            ? { ...one, result: { ...one.result, verdict: "not_established", unmet: "no room on the disk" } }
            : one,
        ),
      }),
    });
    const result = judgeFixture(controls, unrun).get("CTN-02");
    expect(result).toMatchObject({ verdict: "not_established", unmet: "DR-26: no room on the disk" });
  });

  test("under a lighter load than demanded do not count", () => {
    const light = fixture({
      world: (world) => ({
        ...world,
        drills: world.drills.map((one) => ({ ...one, result: { ...one.result, load: "L0" } })),
      }),
    });
    expect(judgeFixture(controls, light).get("DEL-01")?.verdict).toBe("not_established");
  });

  test("that failed fail every control they are evidence of", () => {
    const failing = fixture({
      world: (world) => ({
        ...world,
        drills: world.drills.map((one) =>
          one.result.drill === "DR-05"
            ? { ...one, result: { ...one.result, verdict: "fail", failures: 2 } }
            : one,
        ),
      }),
    });
    const results = judgeFixture(controls, failing);
    expect([results.get("DEL-01")?.verdict, results.get("REL-02")?.verdict]).toEqual(["fail", "fail"]);
  });

  test("with fewer trials than demanded do not count", () => {
    const few = (profile: GateProfile): GateProfile => ({
      ...profile,
      drills: profile.drills.map((one) => ({ ...one, trials: one.trials + 1 })),
    });
    const results = judgeFixture(
      controls,
      fixture({ world: (world) => ({ ...world, profile: few(world.profile) }) }),
    );
    expect(results.get("REL-02")).toMatchObject({ verdict: "not_established" });
  });
});

describe("what blocks", () => {
  test("follows tier, severity and the list that nobody can waive", () => {
    const blocking = (tier: "T1" | "T2" | "T3"): number =>
      catalogue.controls.filter((row) => blocks(row, tier)).length;
    expect([blocking("T1"), blocking("T2"), blocking("T3")]).toEqual([16, 41, 48]);
    expect(blocks(rowOf(catalogue, "EVD-06"), "T3")).toBe(false);
  });

  const results = (verdict: "pass" | "fail") =>
    [
      { control: "CRD-03", verdict },
      { control: "CRD-04", verdict: "fail" },
    ] as const;

  test("is let go by a waiver while its compensating control is at pass", () => {
    const world = { ...told.world, waivers: [waiver] };
    expect(blockingControls(catalogue, results("pass"), world)).toEqual([]);
    expect(blockingControls(catalogue, results("fail"), world)).toEqual(["CRD-03", "CRD-04"]);
  });

  test.each<[string, Partial<Waiver>]>([
    ["is over", { until: told.world.at }],
    ["has not begun", { from: told.world.at + 1 }],
    ["is of another agent", { agent: "fetcher" }],
    ["is longer than 30 days", { from: told.world.at - 31 * 86_400_000 }],
    ["is compensated by itself", { compensating: "CRD-04" }],
  ])("is not let go by a waiver that %s", (_, change) => {
    const world = { ...told.world, waivers: [{ ...waiver, ...change }] };
    expect(blockingControls(catalogue, results("pass"), world)).toEqual(["CRD-04"]);
  });

  test("does not count outside the profile", () => {
    const world = { ...told.world, profile: { ...told.world.profile, controls: ["CRD-03"] } };
    expect(blockingControls(catalogue, results("pass"), world)).toEqual([]);
  });
});

describe("what was tested elsewhere", () => {
  const tested = evaluated(told);
  const quiet = fixture({
    edit: (step, draft) => (/^(?:decide|dispatch|outcome|token|mint) /.test(step) ? undefined : draft),
  });
  const withPack = (change: (world: World) => World = (world) => world): Fixture => ({
    ...quiet,
    world: change({ ...quiet.world, tested: { origin: "dev.example/log/main", evaluation: tested } }),
  });

  test("stands in where the agent has not acted yet, and says so", () => {
    expect(judgeFixture(controls, quiet).get("DEL-01")?.verdict).toBe("not_established");
    const result = judgeFixture(controls, withPack()).get("DEL-01");
    expect(result).toMatchObject({ verdict: "pass", parameters: { tested_on: "dev.example/log/main" } });
    expect(result?.vantage.at(-1)).toMatch(/dev\.example/);
  });

  test("does not stand in for another release", () => {
    const other = withPack((world) => ({ ...world, release: cast.build }));
    expect(judgeFixture(controls, other).get("DEL-01")?.verdict).toBe("not_established");
  });

  test("is stale when it is too old", () => {
    const late = withPack((world) => ({ ...world, at: world.at + 31 * 86_400_000 }));
    expect(judgeFixture(controls, late).get("DEL-04")?.verdict).toBe("stale");
  });

  test("never covers what was found here", () => {
    const wrong = fixture({
      edit: atStep("token root", (draft) => ({
        ...draft,
        body: { ...draft.body, expires_s: 1_795_100_000 },
      })),
      world: (world) => ({ ...world, tested: { origin: "dev.example/log/main", evaluation: tested } }),
    });
    expect(judgeFixture(controls, wrong).get("CRD-04")?.verdict).toBe("fail");
  });
});

test("a result grows stale by the age its control allows, and a counter-example does not", () => {
  const evaluation = evaluated(fixture(withBody("decide read", { use: undefined })));
  const later = ageResults(evaluation, evaluation.at + 3_601_000);
  const verdictOf = (id: string) => later.find(({ control }) => control === id)?.verdict;
  expect([verdictOf("DEL-01"), verdictOf("CRD-03"), verdictOf("IDN-02")]).toEqual(["stale", "fail", "pass"]);
});
