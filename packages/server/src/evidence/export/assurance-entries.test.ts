import { randomId } from "@narrowgate/kernel";
import { expect, test } from "vitest";
import { logForEachTest } from "../../../test/evidence/log-for-each-test.ts";
import { decision } from "../fixtures/drafts.ts";
import {
  assuranceLately,
  entryById,
  evaluationIndexes,
  readingsLately,
  releaseIndexes,
} from "./assurance-entries.ts";

const log = logForEachTest();

const digest = "A".repeat(43);
const operator = randomId();

/** An evaluation of an agent; the document is no matter here. */
async function evaluated(agent: string): Promise<{ readonly id: string; readonly index: number }> {
  const body = { kind: "evaluation", digest, catalogue: digest };
  const content = { document: { of: agent } };
  const { leaves, durable } = log.evidence.record([{ type: "assurance", agent, body, content }]);
  await durable;
  return { id: leaves[0]?.id ?? "", index: leaves[0]?.index ?? -1 };
}

test("evaluations are found by their agent, oldest first, and stand among the newest of assurance", async () => {
  const [one, other] = [randomId(), randomId()];
  const first = await evaluated(one);
  await evaluated(other);
  const second = await evaluated(one);
  expect(await evaluationIndexes(log.store, one)).toEqual([first.index, second.index]);
  const lately = await assuranceLately(log.store, 2);
  expect(lately.map(({ index }) => index)).toEqual([second.index, second.index - 1]);
  expect(await releaseIndexes(log.store, randomId())).toEqual([]);
});

test("a leaf is found by its id: where it is said to stand, by the index, or by looking for it", async () => {
  const { evidence, store } = log;
  const txn = evidence.openTransaction();
  const { leaves, durable } = evidence.record([decision(txn, randomId(), evidence.feedPosition())]);
  await durable;
  const { id, index } = leaves[0] ?? { id: "", index: -1 };
  for (const at of [index, undefined, 0, 9_999_999])
    expect((await entryById(store, id, at))?.index, String(at)).toBe(index);
  const { id: indexed, index: place } = await evaluated(randomId());
  expect((await entryById(store, indexed, undefined))?.index).toBe(place);
  expect(await entryById(store, randomId(), undefined)).toBeUndefined();
  expect(await entryById(store, randomId(), index)).toBeUndefined();
});

test("readings are given youngest first, and no more than were asked for", async () => {
  const body = (from: number) => ({ auditor: operator, from, count: 1, what: "openings" });
  const { durable } = log.evidence.record([0, 1, 2].map((from) => ({ type: "read", body: body(from) })));
  await durable;
  const found = await readingsLately(log.store, 2);
  expect(found.map(({ leaf }) => leaf.body.from)).toEqual([2, 1]);
});
