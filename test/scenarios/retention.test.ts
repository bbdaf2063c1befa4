import { systemClock } from "@narrowgate/kernel";
import { createNodeEngine } from "@narrowgate/policy/node";
import { type PostgresServer, startPostgres } from "@narrowgate/testkit";
import { type Report, verifyBundle } from "@narrowgate/verifier";
import { nodeCrypto } from "@narrowgate/verifier/node";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { auditLog } from "../../packages/server/src/evidence/audit/audit-log.ts";
import { OpeningReader } from "../../packages/server/src/evidence/openings.ts";
import { type EvidenceStory, exportedPack, startEvidenceStory } from "./harness/evidence-story.ts";
import { childEnvironment, NARROWGATE, runChild } from "./harness/run-child.ts";

const VARIABLE = "NARROWGATE_TEST_STORE";
const ADA = "https://idp.example#ada";
const DAY_MS = 86_400_000;
const engine = createNodeEngine();

let postgres: PostgresServer | undefined;
beforeAll(async () => {
  postgres = await startPostgres();
}, 120_000);
afterAll(() => postgres?.stop());

describe.each([
  ["sqlite", {}],
  ["postgres", { store: { kind: "postgres", url_variable: VARIABLE } }],
])("on %s", (kind, config) => {
  let story: EvidenceStory;
  let later = 0;

  // What is stubbed is given back after each test, and a restart asks for it.
  const nameStore = (): void => void vi.stubEnv(VARIABLE, postgres?.url("postgres") ?? "");
  beforeEach(nameStore);
  beforeAll(async () => {
    nameStore();
    if (kind === "postgres" && postgres === undefined) return;
    const clock = { ...systemClock, nowMs: () => systemClock.nowMs() + later };
    story = await startEvidenceStory({ config, clock });
  }, 240_000);
  afterAll(() => story?.close());

  const json = async (...words: readonly string[]) => {
    const { code, stdout, stderr } = await story.cli(...words, "--json");
    return { code, answer: JSON.parse(stdout === "" ? stderr : stdout) };
  };
  const sealedOf = async (txn: string): Promise<number> => {
    const { store } = story.gate.instance().evidence;
    return (await store.scan("seal-key", { prefix: `txn/${txn}/`, limit: 100 })).length;
  };
  const verified = async (txn: string): Promise<Report> => {
    const bytes = await story.operators.first.bytes(`/transactions/${txn}/bundle`);
    return verifyBundle(bytes, { trust: await story.trust(), crypto: nodeCrypto(), engine });
  };
  const expectSoundLog = async (): Promise<void> => {
    const { evidence, custody } = story.gate.instance();
    await evidence.flush();
    expect(
      (await auditLog(evidence.store, new OpeningReader(evidence.store, custody.keyEncryption))).findings,
    ).toEqual([]);
  };

  it("a hold keeps a transaction until it is ended with a reason; then it goes, and says so", async (context) => {
    if (kind === "postgres" && postgres === undefined) return context.skip();
    const txn = await story.task("post");
    const placed = await json("hold", "add", "--txn", txn, "--reason", "claim 12");
    expect(placed.answer).toMatchObject({ kind: "txn", name: txn, state: "stands", by: "ada" });
    const refused = await json("erase", "--txn", txn, "--yes");
    expect([refused.code, refused.answer.error?.code]).toEqual([6, "under_hold"]);
    const sealed = await sealedOf(txn);
    expect(sealed).toBeGreaterThan(0);

    await story.gate.restart();
    expect((await json("erase", "--txn", txn, "--yes")).code).toBe(6);
    expect(await sealedOf(txn)).toBe(sealed);
    expect((await story.cli("hold", "end", placed.answer.id)).code).toBe(2);
    const ended = await json("hold", "end", placed.answer.id, "--reason", "it was settled");
    expect(ended.answer).toMatchObject({ state: "ended", ended_reason: "it was settled" });

    const done = await json("erase", "--txn", txn, "--part", "content", "--yes");
    expect(done.answer).toEqual({ txn, parts: ["content"] });
    expect((await json("erase", "--txn", txn, "--rule", "gdpr.art-17", "--yes")).answer.parts).toEqual([
      "inputs",
      "proof",
    ]);
    expect(await sealedOf(txn)).toBe(0);
    expect((await json("erase", "--txn", txn, "--part", "content", "--yes")).answer.parts).toEqual([]);
    const report = await verified(txn);
    expect([report.verdict, report.failures]).toEqual(["verified, unwitnessed", []]);
    expect(report.counts.erased).toBeGreaterThan(0);
    await expectSoundLog();
  }, 120_000);

  it("what has not ended, or is asked for without saying what, is not erased", async (context) => {
    if (kind === "postgres" && postgres === undefined) return context.skip();
    const txn = await story.task("data", true);
    expect((await json("erase", "--txn", txn, "--yes")).answer).toMatchObject({
      error: { code: "conflict" },
    });
    expect((await story.cli("erase", "--txn", txn)).code).toBe(2);
    expect((await story.cli("erase", "--yes")).code).toBe(2);
    expect((await story.cli("erase", "--txn", txn, "--part", "all", "--yes")).code).toBe(2);
    expect((await story.cli("hold", "add", "--txn", txn, "--agent", "clerk", "--reason", "x")).code).toBe(2);
    expect((await json("erase", "--person", "nobody@example.com", "--yes")).answer).toMatchObject({
      error: { code: "not_found" },
    });
  });

  it("all that a person handed over goes but what is held or open, which is counted", async (context) => {
    if (kind === "postgres" && postgres === undefined) return context.skip();
    const [kept, gone] = [await story.task("data", false, ADA), await story.task("data", false, ADA)];
    await json("hold", "add", "--txn", kept, "--reason", "claim 13");
    const { code, answer } = await json("erase", "--person", ADA, "--yes");
    expect([code, answer.held]).toEqual([3, 1]);
    expect(answer.erased).toBeGreaterThan(0);
    expect(await sealedOf(gone)).toBe(0);
    expect(await sealedOf(kept)).toBeGreaterThan(1);
    const again = await json("erase", "--person", ADA, "--yes");
    expect(again.answer.erased).toBe(0);
    await expectSoundLog();
  }, 120_000);

  it("evidence packs of what was partly erased verify, and count it", async (context) => {
    if (kind === "postgres" && postgres === undefined) return context.skip();
    await exportedPack(story, "erased.tar");
    const command = [process.execPath, NARROWGATE, "verify", story.path("erased.tar"), "--open"];
    const told = await runChild(command, { env: childEnvironment(story.gate.directory) });
    expect(told.stdout).toMatch(/lines: .* [1-9]\d* erased, 0 missing/);
    expect(told.code).toBe(0);
  }, 120_000);

  it("what is over its time goes by itself, but for what a hold is over", async (context) => {
    if (kind === "postgres" && postgres === undefined) return context.skip();
    const { holds } = story.gate.instance().retention;
    const [txn, held] = [await story.task("data"), await story.task("data")];
    await story.settings({ retain_content_days: 30 });
    expect(await story.gate.instance().retention.sweep()).toBe(0);
    const { answer } = await json("hold", "add", "--txn", held, "--reason", "claim 14");
    const before = await sealedOf(txn);
    later = 31 * DAY_MS;
    expect(await story.gate.instance().retention.sweep()).toBeGreaterThan(0);
    expect(await story.gate.instance().retention.sweep()).toBe(0);
    expect(await sealedOf(txn)).toBe(before - 1);
    expect(holds.list().find(({ id }) => id === answer.id)?.ended).toBeUndefined();
    later = 0;
    const report = await verified(txn);
    expect(report.failures).toEqual([]);
    expect(report.counts.erased).toBeGreaterThan(0);
    expect((await verified(held)).counts.erased).toBe(0);
    await expectSoundLog();
  }, 120_000);
});
