import { randomId } from "@narrowgate/kernel";
import { expect, test } from "vitest";
import { logForEachTest } from "../../../test/evidence/log-for-each-test.ts";
import { decision } from "../fixtures/drafts.ts";
import { refusedLately } from "./refused-lately.ts";

const log = logForEachTest();

/** Permits and refusals in turn. */
async function decide(count: number): Promise<readonly string[]> {
  const { evidence } = log;
  const txn = evidence.openTransaction();
  const drafts = Array.from({ length: count }, (_, n) => {
    const draft = decision(txn, randomId(), evidence.feedPosition());
    const refused = { ...draft.body, verdict: "refuse", code: "policy_denied" };
    return n % 2 === 0 ? draft : { ...draft, body: refused };
  });
  const recorded = evidence.record(drafts);
  await recorded.durable;
  return recorded.leaves.map(({ id }) => id);
}

test("refusals alone are given, youngest first, with where they stand, and no more than were asked for", async () => {
  const ids = await decide(6);
  const found = await refusedLately(log.store, 2);
  expect(found.map(({ leaf }) => leaf.id)).toEqual([ids[5], ids[3]]);
  expect(found.map(({ leaf }) => leaf.body.code)).toEqual(["policy_denied", "policy_denied"]);
  const [newest, older] = found.map(({ index }) => index);
  expect((newest ?? 0) - (older ?? 0)).toBe(2);
});

test("a log without refusals has none", async () => {
  await decide(1);
  expect(await refusedLately(log.store, 20)).toEqual([]);
});
