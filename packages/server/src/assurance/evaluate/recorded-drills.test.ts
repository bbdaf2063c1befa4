import { evaluationDigest } from "@narrowgate/contracts";
import { canonicalJson, randomId, utf8 } from "@narrowgate/kernel";
import { beforeEach, expect, test } from "vitest";
import {
  asks,
  drillResult,
  type EvaluationWorld,
  evaluationWorld,
  stated,
} from "../../../test/assurance/evaluation-world.ts";
import { nodeSha256, sha256Base64url } from "../../platform/crypto-hash/sha256.ts";

let world: EvaluationWorld;
beforeEach(async () => {
  world = await evaluationWorld();
});

const drafts = () => world.log.leaves.map(({ draft }) => draft);
const digestOf = (result: ReturnType<typeof drillResult>): string =>
  sha256Base64url(utf8(canonicalJson({ ...result })));

test("a drill's result is on record with who brought it, and there again after a restart, oldest first", async () => {
  const results = [5, 4, 3, 2, 1].map((ago) => drillResult(world.clock.nowMs() - ago));
  for (const result of results) await world.evaluations.recordDrill(result, asks);
  const { catalogue } = world.evaluations;
  const known = world.evaluations.drills();
  expect(known.map(({ index, result }) => [index, result])).toEqual(results.map((result, i) => [i, result]));
  expect(drafts()).toEqual(
    known.map(({ entry, result }) => ({
      type: "assurance",
      id: entry,
      body: { kind: "drill", digest: digestOf(result), catalogue, operator: asks.operator },
      proof: { request: asks.jws },
      content: { document: result },
    })),
  );
  const again = await world.restart();
  expect(again.evaluations.drills()).toEqual(known);
});

test("a result that is not durable counts for nothing", async () => {
  world.log.failing = true;
  await expect(world.evaluations.recordDrill(drillResult(world.clock.nowMs()), asks)).rejects.toMatchObject({
    code: "evidence_unavailable",
  });
  expect(world.evaluations.drills()).toEqual([]);
});

test("what was tested elsewhere is on record under the names it has there, each drill once", async () => {
  const { evaluations, agent } = world;
  const { evaluation } = await evaluations.judge(agent, stated, {});
  const found = { ...evaluation, catalogue: sha256Base64url("of another build") };
  const drills = [1, 2].map((ago) => ({ entry: randomId(), result: drillResult(world.clock.nowMs() - ago) }));
  const first = await evaluations.recordTested(agent, { evaluation: found, drills }, asks);
  expect(first.evaluation).toEqual(found);
  const own = { catalogue: found.catalogue, operator: asks.operator };
  const proof = { request: asks.jws };
  expect(drafts()).toEqual([
    ...drills.map(({ entry, result }) => ({
      type: "assurance",
      id: entry,
      body: { kind: "drill", digest: digestOf(result), ...own },
      content: { document: result },
      proof,
    })),
    {
      type: "assurance",
      id: first.entry,
      agent: agent.ref,
      body: { kind: "evaluation", digest: evaluationDigest(nodeSha256, found), ...own },
      content: { document: found },
      proof,
    },
  ]);
  const second = await evaluations.recordTested(agent, { evaluation: found, drills }, asks);
  expect(
    drafts()
      .slice(3)
      .map(({ id }) => id),
  ).toEqual([second.entry]);
  const known = drills.map((one, index) => ({ ...one, index }));
  expect(evaluations.drills()).toEqual(known);
  expect((await world.restart()).evaluations.drills()).toEqual(known);
});
