import type { TrustFile } from "@narrowgate/contracts";
import { randomId, toBase64url } from "@narrowgate/kernel";
import { createNodeEngine } from "@narrowgate/policy/node";
import { emptyRoot, formatVerifierKey } from "@narrowgate/tlog";
import { expect, onTestFinished, test } from "vitest";
import { logVerifierKey } from "../evidence/checkpoints.ts";
import type { Evidence } from "../evidence/evidence.ts";
import { decision } from "../evidence/fixtures/drafts.ts";
import { newInstance, type TestInstance } from "../evidence/fixtures/instance.ts";
import { nodeSha256 } from "../platform/crypto-hash/sha256.ts";
import { Replayer } from "./replay-facts.ts";
import { verifyTransaction } from "./verify-transaction.ts";

const hourMs = 3_600_000;

async function openLog(): Promise<{ log: TestInstance; evidence: Evidence; replayer: Replayer }> {
  const log = await newInstance();
  const { evidence, store } = await log.open();
  onTestFinished(async () => {
    await evidence.close();
    await store.close();
    await log.remove();
  });
  const { origin } = evidence.identity;
  const trust: TrustFile = {
    format: "narrowgate-trust/1",
    logs: [
      {
        origin,
        key: formatVerifierKey(logVerifierKey(origin, log.custody.log)),
        size: 0,
        root: toBase64url(emptyRoot(nodeSha256)),
      },
    ],
    witnesses: { keys: [], threshold: 0 },
    issuers: [],
    procedures: [createNodeEngine().procedureDigest],
  };
  const engine = createNodeEngine();
  const replayer = new Replayer({
    evidence,
    clock: log.clock,
    trust: () => trust,
    verify: (txn, bytes, by) => verifyTransaction(engine, { txn, bytes, trust: by }),
  });
  return { log, evidence, replayer };
}

/** A permit that rests on nothing: no policy, no token, no mandate. */
async function forged(evidence: Evidence, atMs: number): Promise<{ txn: string; at: number }> {
  const txn = evidence.openTransaction();
  const agent = randomId();
  await evidence.record([
    decision(txn, agent, evidence.feedPosition()),
    { type: "closing", txn, body: { entries: 1 } },
  ]).durable;
  return { txn, at: atMs };
}

const counts = { closed: 1, completed: 0, sensitive: 1 };

test("what does not verify is a counter-example, with the rule that it breaks", async () => {
  const { log, evidence, replayer } = await openLog();
  const bad = await forged(evidence, log.clock.nowMs());
  const transactions = { ...counts, toReplay: [bad], toSample: [] };
  const facts = await replayer.facts(transactions);
  expect(facts?.failed.length).toBeGreaterThan(0);
  expect(facts?.failed[0]?.says).toMatch(/^E-\d+: /);
  expect(replayer.verifiedOf(transactions)).toEqual({ verified: 1, unverified: 1 });
});

test("nothing to replay gives no facts, and so establishes nothing", async () => {
  const { replayer } = await openLog();
  expect(await replayer.facts({ ...counts, toReplay: [], toSample: [] })).toBeUndefined();
});

test("a verification counts for half a day, and is then made again", async () => {
  const { log, evidence, replayer } = await openLog();
  const first = await forged(evidence, log.clock.nowMs());
  const transactions = { ...counts, toReplay: [], toSample: [first] };
  const began = (await replayer.facts(transactions))?.at ?? 0;
  log.clock.advance(11 * hourMs);
  expect((await replayer.facts(transactions))?.at).toBe(began);
  log.clock.advance(2 * hourMs);
  expect((await replayer.facts(transactions))?.at).toBe(began + 13 * hourMs);
});
