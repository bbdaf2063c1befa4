import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { randomId, toBase64url } from "@narrowgate/kernel";
import { formatVerifierKey, parseVerifierKey } from "@narrowgate/tlog";
import { expect, onTestFinished, test } from "vitest";
import { logVerifierKey } from "../evidence/checkpoints.ts";
import type { Evidence } from "../evidence/evidence.ts";
import { revocation } from "../evidence/fixtures/drafts.ts";
import { newInstance, type TestInstance } from "../evidence/fixtures/instance.ts";
import { Witnessing } from "../evidence/witness/witness-round.ts";
import { nodeSha256 } from "../platform/crypto-hash/sha256.ts";
import { headFacts, type JudgedHead, witnessThreshold } from "./head-facts.ts";

const program = fileURLToPath(new URL("../evidence/witness/witness-main.ts", import.meta.url));

async function openLog(): Promise<{ readonly log: TestInstance; readonly evidence: Evidence }> {
  const log = await newInstance();
  const { evidence, store } = await log.open();
  onTestFinished(async () => {
    await evidence.close();
    await store.close();
    await log.remove();
  });
  return { log, evidence };
}

async function grow(evidence: Evidence, leaves: number): Promise<JudgedHead> {
  for (let i = 0; i < leaves; i++)
    await evidence.record([revocation(evidence.feedPosition() + 1, "agent", randomId())]).durable;
  const { size, root } = await evidence.freshCheckpoint();
  return { size, root: toBase64url(root) };
}

/** A witness in a process of its own, as an operator would start it. */
async function startWitness({ directory, custody }: TestInstance, { identity: { origin } }: Evidence) {
  const log = formatVerifierKey(logVerifierKey(origin, custody.log));
  const args = ["--state", join(directory, "witness"), "--name", "wit", "--log", log];
  const child = spawn(process.execPath, ["--conditions=@narrowgate/source", program, ...args], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const { promise, resolve } = Promise.withResolvers<string>();
  createInterface({ input: child.stdout }).once("line", resolve);
  const { key, port }: { key: string; port: number } = JSON.parse(await promise);
  return { text: key, key: parseVerifierKey(nodeSha256, key), url: `http://127.0.0.1:${port}` };
}

test("the published head and the judged one are of one history, and leaves are under it", async () => {
  const { evidence } = await openLog();
  const older = await grow(evidence, 3);
  const head = await grow(evidence, 70);
  const facts = await headFacts(evidence, [], head);
  expect(facts).toMatchObject({ checked: 1, inconsistent: [], missing: [], witnesses: 0, threshold: 0 });
  expect(facts.included).toBeGreaterThan(32);
  expect(facts.included).toBeLessThanOrEqual(64);
  expect(await headFacts(evidence, [], older)).toMatchObject({ checked: 1, inconsistent: [], missing: [] });
});

test("another root is neither of this history nor above these leaves", async () => {
  const { evidence } = await openLog();
  const { size } = await grow(evidence, 5);
  const forged = await headFacts(evidence, [], { size, root: toBase64url(new Uint8Array(32).fill(7)) });
  expect(forged.inconsistent).toHaveLength(1);
  expect(forged.missing).toHaveLength(forged.included);
  expect(forged.missing[0]).toMatch(/is not under the head/);
});

test("a witness that cosigned counts, with its own time; one that is not asked does not", async () => {
  const { log, evidence } = await openLog();
  const { text, key, url } = await startWitness(log, evidence);
  const witnessing = new Witnessing({ evidence, witnesses: [{ url, key }] });
  const head = await grow(evidence, 2);
  await witnessing.settled();
  const facts = await headFacts(evidence, [text], head);
  expect(facts).toMatchObject({ checked: 2, inconsistent: [], witnesses: 1, threshold: 1 });
  expect(Math.abs((facts.cosignedAt ?? 0) - Date.now())).toBeLessThan(60_000);
  const unasked = await headFacts(evidence, [], head);
  expect(unasked).toMatchObject({ witnesses: 0, threshold: 0 });
  expect(unasked.cosignedAt).toBeUndefined();
});

test("more than half of those that are asked must hold it", () => {
  expect([0, 1, 2, 3, 4, 5].map(witnessThreshold)).toEqual([0, 1, 2, 2, 3, 3]);
});
