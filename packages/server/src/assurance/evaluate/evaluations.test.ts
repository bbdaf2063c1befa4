import { evaluationDigest, profileDigest } from "@narrowgate/contracts";
import { randomId } from "@narrowgate/kernel";
import { beforeEach, describe, expect, test } from "vitest";
import {
  agrees,
  asks,
  CALLS,
  drillResult,
  type EvaluationWorld,
  evaluationWorld,
  profileOfSettings,
  stated,
  waiverOf,
} from "../../../test/assurance/evaluation-world.ts";
import { nodeSha256 } from "../../platform/crypto-hash/sha256.ts";

let world: EvaluationWorld;
beforeEach(async () => {
  world = await evaluationWorld();
});

const window = { from: 5, to: 9 };
const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};
const oneEvaluation = ["fold 10", "folded 10", "head", "fold 12", "folded 12", "evaluate 12"];
const otherProfile = { ...profileOfSettings, version: 2 };
const digestOf = (profile: typeof profileOfSettings): string => profileDigest(nodeSha256, profile);

describe("an evaluation", () => {
  test("stands at the head that is taken once most of the log is folded", async () => {
    const { evaluation } = await world.evaluations.evaluate(world.agent, stated);
    expect(world.steps).toEqual(oneEvaluation);
    expect(evaluation.log).toEqual({ origin: "log", size: 12, root: "root of 12" });
    expect(evaluation.at).toBe(world.clock.nowMs());
  });

  test("is on record as it was given, for its agent", async () => {
    const { entry, evaluation } = await world.evaluations.evaluate(world.agent, stated);
    const { catalogue } = world.evaluations;
    const digest = evaluationDigest(nodeSha256, evaluation);
    expect(world.log.leaves.map(({ draft }) => draft)).toEqual([
      {
        type: "assurance",
        id: entry,
        agent: world.agent.ref,
        body: { kind: "evaluation", digest, catalogue },
        content: { document: evaluation },
      },
    ]);
  });

  test("is told of drills, of what the controls come to when they are tried, and of who wrote what", async () => {
    const { entry, result } = await world.evaluations.recordDrill(drillResult(world.clock.nowMs()), asks);
    await world.evaluations.evaluate(world.agent, stated);
    const [{ own, noticed } = expect.unreachable()] = world.told;
    expect(own).toMatchObject({
      drills: [{ entry, result }],
      selfTest: { controls: 9, wrong: [] },
      at: world.clock.nowMs(),
    });
    expect(Object.keys(own)).not.toContain("profile");
    expect(Object.keys(own)).not.toContain("tested");
    expect(await noticed.writersOf("r")).toEqual([`writer of ${world.agent.ref} and r`]);
    expect((await noticed.transactionsIn(window)).toReplay[0]?.txn).toBe(`${world.agent.ref} 5 9`);
    expect(await noticed.holds()).toMatchObject({ erasures: 0 });
  });

  test("is held to another profile where one is named", async () => {
    const { evaluation } = await world.evaluations.evaluate(world.agent, stated, otherProfile);
    expect(evaluation.profile).toBe(digestOf(otherProfile));
    const again = await world.evaluations.judge(world.agent, stated, {});
    expect(again.evaluation.profile).toBe(digestOf(profileOfSettings));
  });

  test("of what was tested elsewhere knows it, and counts its waivers beside those agreed to here", async () => {
    const nowMs = world.clock.nowMs();
    const { waiver } = await world.evaluations.askWaiver(waiverOf(world.agent, nowMs), asks);
    await world.evaluations.agree(waiver.id, agrees);
    const { evaluation } = await world.evaluations.judge(world.agent, stated, {});
    const there = { ...waiver, id: randomId() };
    const tested = { ...evaluation, waivers: [there], log: { ...evaluation.log, origin: "there" } };
    await world.evaluations.judge(world.agent, stated, { tested });
    expect(world.told.at(-1)?.own).toMatchObject({
      waivers: [waiver, there],
      tested: { origin: "there", evaluation: tested },
    });
  });

  test("goes on one after the other, so that the log is folded exactly to the head of each", async () => {
    await Promise.all([
      world.evaluations.evaluate(world.agent, stated),
      world.evaluations.evaluate(world.agent, stated),
    ]);
    expect(world.steps).toEqual([...oneEvaluation, ...oneEvaluation]);
  });

  test("that fails does not keep back the next one", async () => {
    world.whileFolded = () => Promise.reject(new RangeError("the store is gone"));
    await expect(world.evaluations.evaluate(world.agent, stated)).rejects.toThrow("the store is gone");
    world.whileFolded = async () => undefined;
    await expect(world.evaluations.evaluate(world.agent, stated)).resolves.toBeDefined();
  });

  test("is the newest once it is durable, by agent and by the profile it was held to", async () => {
    const { evaluations, agent } = world;
    world.log.failing = true;
    await expect(evaluations.evaluate(agent, stated)).rejects.toMatchObject({ code: "evidence_unavailable" });
    expect(evaluations.newest(agent.id)).toBeUndefined();
    world.log.failing = false;
    const first = await evaluations.evaluate(agent, stated);
    const second = await evaluations.evaluate(agent, stated, otherProfile);
    expect(evaluations.newest(agent.id)).toEqual(second);
    expect(evaluations.newest(agent.id, digestOf(profileOfSettings))).toEqual(first);
    expect(evaluations.newest(agent.id, digestOf(otherProfile))).toEqual(second);
    expect(evaluations.newest("another")).toBeUndefined();
  });

  test("for somebody else's commit is neither on record nor the newest before it is kept", async () => {
    const judged = await world.evaluations.judge(world.agent, stated, {});
    expect(world.log.leaves).toEqual([]);
    expect(world.evaluations.newest(world.agent.id)).toBeUndefined();
    judged.keep();
    expect(world.evaluations.newest(world.agent.id)).toEqual({
      entry: judged.entry,
      evaluation: judged.evaluation,
    });
    expect(judged.draft).toMatchObject({ id: judged.entry, agent: world.agent.ref });
  });
});

describe("following the log", () => {
  test("costs nothing before somebody has evaluated", async () => {
    await world.evaluations.follow();
    expect(world.steps).toEqual([]);
    await world.evaluations.evaluate(world.agent, stated);
    world.size = 20;
    await world.evaluations.follow();
    expect(world.steps.slice(oneEvaluation.length)).toEqual(["fold 20", "folded 20"]);
  });

  test.each([
    ["follows", () => world.evaluations.follow()],
    ["is asked what an agent did", () => world.evaluations.seen(world.agent.ref, window)],
  ])("waits for an evaluation that is under way, when it %s", async (_, work) => {
    await world.evaluations.evaluate(world.agent, stated);
    world.steps.length = 0;
    const under = world.evaluations.evaluate(world.agent, stated);
    const after = work();
    const next = world.evaluations.evaluate(world.agent, stated);
    await Promise.all([under, after, next]);
    expect(world.steps).toEqual([...oneEvaluation, "fold 10", "folded 10", ...oneEvaluation]);
  });

  test.each([
    ["follows", () => world.evaluations.follow()],
    ["is asked what an agent did", () => world.evaluations.seen(world.agent.ref, window)],
  ])("that fails when it %s tells who waits, and does not keep back the next evaluation", async (_, work) => {
    await world.evaluations.evaluate(world.agent, stated);
    world.whileFolded = () => Promise.reject(new RangeError("the store is gone"));
    await expect(work()).rejects.toThrow("the store is gone");
    world.whileFolded = async () => undefined;
    await expect(world.evaluations.evaluate(world.agent, stated)).resolves.toBeDefined();
  });

  test("ends with what is under way", async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    world.whileFolded = () => promise;
    const under = world.evaluations.evaluate(world.agent, stated);
    await turns();
    let isClosed = false;
    const closing = world.evaluations.close().then(() => {
      isClosed = true;
    });
    await turns();
    expect([world.steps, isClosed]).toEqual([["fold 10", "close"], false]);
    resolve(undefined);
    await Promise.all([under, closing]);
    expect(isClosed).toBe(true);
  });
});

describe("what an agent did", () => {
  test("is told as far as the log was folded, with what the offline verifier says of it", async () => {
    expect(await world.evaluations.work("ref", window)).toEqual({
      ...window,
      closed: 5,
      completed: 4,
      sensitive: 1,
      verified: 1,
      unverified: 0,
      ...CALLS,
      used: [{ name: "ref 5 9", calls: 2, last: 9 }],
    });
    expect(world.steps).toEqual([]);
  });

  test("is told up to now where it is asked how much", async () => {
    expect(await world.evaluations.seen("ref", window)).toEqual({
      calls: 7,
      used: [{ name: "ref 5 9", calls: 2, last: 9 }],
      busiestMinute: 3,
    });
    expect(world.steps).toEqual(["fold 10", "folded 10"]);
  });
});
