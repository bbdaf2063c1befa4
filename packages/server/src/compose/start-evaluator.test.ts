import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomId } from "@narrowgate/kernel";
import { describe, expect, onTestFinished, test } from "vitest";
import { decision } from "../evidence/fixtures/drafts.ts";
import { newInstance } from "../evidence/fixtures/instance.ts";
import { EvaluatorInThread } from "./start-evaluator.ts";

const all = { from: 0, to: Number.MAX_SAFE_INTEGER };

/** A log with refused calls of one agent, and what evaluates it: started anew as often as is asked for. */
async function openLog() {
  const log = await newInstance();
  const { evidence, store } = await log.open();
  const dataDirectory = mkdtempSync(join(tmpdir(), "evaluator-"));
  const reports: string[] = [];
  onTestFinished(async () => {
    await evidence.close();
    await store.close();
    await log.remove();
    rmSync(dataDirectory, { recursive: true });
  });
  const agent = randomId();
  const write = async (count: number): Promise<number> => {
    for (let i = 0; i < count; i++) {
      const txn = evidence.openTransaction();
      evidence.record([
        decision(txn, agent, evidence.feedPosition()),
        { type: "closing", txn, body: { entries: 1 } },
      ]);
    }
    await evidence.record([]).durable;
    return evidence.durable.size;
  };
  const start = (build = "this"): EvaluatorInThread => {
    const report = ({ detail }: { readonly detail: string }): void => void reports.push(detail);
    return new EvaluatorInThread({ dataDirectory, evidence, report }, build);
  };
  return { agent, write, start, reports, path: join(dataDirectory, "controls.fold") };
}

describe("the evaluator in its thread", () => {
  test("folds a real log, goes on after a restart, and begins anew for another build", async () => {
    const { agent, write, start, reports, path } = await openLog();
    const first = start();
    await first.catchUp(await write(40));
    expect(await first.transactionsOf(agent, all)).toMatchObject({ closed: 40, sensitive: 0 });
    await first.close();
    const kept = readFileSync(path);

    const second = start();
    await second.catchUp(await write(2));
    expect(await second.transactionsOf(agent, all)).toMatchObject({ closed: 42 });
    await second.close();
    expect(readFileSync(path).equals(kept)).toBe(false);

    const third = start("another");
    await third.catchUp(10);
    const { closed } = await third.transactionsOf(agent, all);
    expect(closed).toBeLessThan(10);
    await third.close();
    expect(reports).toEqual([]);
  });

  test("is not started for a log that nobody asks about, and takes no questions once it is closed", async () => {
    const { start, path } = await openLog();
    const evaluator = start();
    await evaluator.close();
    expect(existsSync(path)).toBe(false);
    await expect(async () => evaluator.catchUp(1)).rejects.toMatchObject({ code: "evidence_unavailable" });
  });

  test("tries every control, and each shows both colours", async () => {
    const { start } = await openLog();
    const evaluator = start();
    const { controls, wrong } = await evaluator.selfTest();
    await evaluator.close();
    expect(wrong).toEqual([]);
    expect(controls).toBeGreaterThan(40);
  });
});
