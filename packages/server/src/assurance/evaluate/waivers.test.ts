import type { Waiver } from "@narrowgate/contracts";
import { canonicalJson, randomId, utf8 } from "@narrowgate/kernel";
import { beforeEach, describe, expect, test } from "vitest";
import {
  agrees,
  asks,
  type EvaluationWorld,
  evaluationWorld,
  requestOf,
  stated,
  waiverOf,
} from "../../../test/assurance/evaluation-world.ts";
import { sha256Base64url } from "../../platform/crypto-hash/sha256.ts";

let world: EvaluationWorld;
beforeEach(async () => {
  world = await evaluationWorld();
});

async function asked(more: Partial<Waiver> = {}): Promise<string> {
  const { waiver } = await world.evaluations.askWaiver(
    waiverOf(world.agent, world.clock.nowMs(), more),
    asks,
  );
  return waiver.id;
}

/** Waivers that an evaluation is told of. */
async function counting(): Promise<readonly string[]> {
  await world.evaluations.evaluate(world.agent, stated);
  return world.told.at(-1)?.own.waivers.map(({ id }) => id) ?? [];
}

const states = (): readonly string[] => world.evaluations.waivers().map(({ state }) => state);
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "done",
    (error: { code?: string }) => error.code ?? String(error),
  );

describe("a waiver", () => {
  test("counts from when another operator agreed, and until it is ended", async () => {
    const id = await asked();
    expect(await counting()).toEqual([]);
    expect(await world.evaluations.agree(id, agrees)).toMatchObject({
      state: "agreed",
      asked: asks.operator,
    });
    expect(await counting()).toEqual([id]);
    expect(await world.evaluations.endWaiver(id, asks)).toMatchObject({
      state: "ended",
      asked: asks.operator,
    });
    expect(await counting()).toEqual([]);
  });

  test("is not agreed to by who asked for it", async () => {
    const id = await asked();
    expect(await codeOf(world.evaluations.agree(id, asks))).toBe("waiver_refused");
    expect(states()).toEqual(["asked"]);
    expect(await counting()).toEqual([]);
  });

  test("is agreed to once, and not when it has ended; and ends once", async () => {
    const id = await asked();
    await world.evaluations.agree(id, agrees);
    expect(await codeOf(world.evaluations.agree(id, requestOf(randomId())))).toBe("conflict");
    await world.evaluations.endWaiver(id, agrees);
    expect(await codeOf(world.evaluations.agree(id, agrees))).toBe("conflict");
    expect(await codeOf(world.evaluations.endWaiver(id, agrees))).toBe("conflict");
    expect(states()).toEqual(["ended"]);
  });

  test("that nobody asked for is neither agreed to nor ended", async () => {
    await asked();
    expect(await codeOf(world.evaluations.agree(randomId(), agrees))).toBe("not_found");
    expect(await codeOf(world.evaluations.endWaiver(randomId(), agrees))).toBe("not_found");
  });

  test("does not take the place of another by its id", async () => {
    const id = await asked();
    await world.evaluations.agree(id, agrees);
    expect(await codeOf(asked({ id, reason: "another one" }))).toBe("conflict");
    expect(world.evaluations.waivers()).toMatchObject([
      { state: "agreed", waiver: { reason: "the list is short" } },
    ]);
  });

  test("of what cannot be waived is refused, and says why", async () => {
    await expect(asked({ control: "POL-01" })).rejects.toMatchObject({
      code: "waiver_refused",
      publicMessage: expect.stringContaining("/control: cannot be waived"),
    });
    expect(world.evaluations.waivers()).toEqual([]);
  });

  test("is there again after a restart, in the state it had", async () => {
    await asked();
    await world.evaluations.agree(await asked(), agrees);
    await world.evaluations.endWaiver(await asked(), agrees);
    const before = world.evaluations.waivers();
    world = await world.restart();
    const byId = (a: { waiver: Waiver }, b: { waiver: Waiver }): number =>
      a.waiver.id < b.waiver.id ? -1 : 1;
    expect(world.evaluations.waivers().toSorted(byId)).toEqual(before.toSorted(byId));
    expect(new Set(states())).toEqual(new Set(["asked", "agreed", "ended"]));
  });

  test("is on record with both who stand for it, and so is its end", async () => {
    const id = await asked();
    expect(world.log.leaves).toEqual([]);
    const { waiver } = await world.evaluations.agree(id, agrees);
    const ends = requestOf(randomId());
    await world.evaluations.endWaiver(id, ends);
    const { catalogue } = world.evaluations;
    const digest = sha256Base64url(utf8(canonicalJson({ ...waiver })));
    const sealed = { proof: { request: agrees.jws }, content: { document: waiver } };
    expect(world.log.leaves.map(({ draft }) => draft)).toEqual([
      {
        type: "assurance",
        body: { kind: "waiver", digest, catalogue, operator: asks.operator, second: agrees.operator },
        ...sealed,
      },
      {
        type: "assurance",
        body: { kind: "waiver_ended", digest, catalogue, operator: ends.operator },
        ...sealed,
      },
    ]);
  });
});
