import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { systemClock } from "@narrowgate/kernel";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { auditLog } from "./audit/audit-log.ts";
import { newInstance, PROCEDURE, type TestInstance } from "./fixtures/instance.ts";
import { openEvidence } from "./open-evidence.ts";
import { OpeningReader } from "./openings.ts";

const program = fileURLToPath(new URL("./fixtures/append-child.ts", import.meta.url));
const nodeArguments = ["--conditions=@narrowgate/source", "--disable-warning=ExperimentalWarning", program];

let instance: TestInstance;
beforeEach(async () => {
  instance = await newInstance();
});
afterEach(() => instance.remove());

function lines(child: ChildProcess, onLine: (line: string) => void): Promise<void> {
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
  });
  if (child.stdout !== null) createInterface({ input: child.stdout }).on("line", onLine);
  return ended;
}

/** Lets a child record until `count` groups are durable, then kills it. @returns index of the last leaf it told of */
async function recordAndKill(count: number): Promise<number> {
  const child = spawn(process.execPath, [...nodeArguments, instance.directory, "100"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let last = -1;
  let heard = 0;
  await lines(child, (line) => {
    last = Number(line);
    heard += 1;
    if (heard === count) child.kill("SIGKILL");
  });
  return last;
}

async function auditAfterReopening(): Promise<{ size: number; unknown: number }> {
  const store = await instance.openStore();
  const opened = await openEvidence(instance.setup(store, { clock: systemClock }), PROCEDURE);
  await opened.evidence.close();
  const report = await auditLog(store, new OpeningReader(store, instance.custody.keyEncryption));
  await store.close();
  expect(report.findings).toEqual([]);
  expect(report.openDispatches).toBe(0);
  return { size: report.size, unknown: report.leaves.unknown ?? 0 };
}

describe("a killed process", () => {
  it("loses no acknowledged leaf and leaves a whole log, ten times over", { timeout: 120_000 }, async () => {
    for (let round = 1; round <= 10; round++) {
      const last = await recordAndKill(3 + round * 7);
      expect(last).toBeGreaterThan(0);
      const { size, unknown } = await auditAfterReopening();
      expect(size).toBeGreaterThan(last);
      // At most one dispatch is under way in a round.
      expect(unknown).toBeLessThanOrEqual(round);
    }
  });
});

describe("a full disk", () => {
  it("stops the writer, and the log goes on when there is room again", { timeout: 60_000 }, async () => {
    // A limit on the size of any file stands for a full disk: writes beyond it fail in the same place.
    const command = `ulimit -f 2048; exec "$@"`;
    const child = spawn(
      "/bin/sh",
      ["-c", command, "sh", process.execPath, ...nodeArguments, instance.directory, "65536"],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    const told: string[] = [];
    await lines(child, (line) => told.push(line));
    expect(told.slice(-3)).toEqual(["fatal", "evidence_unavailable", "evidence_unavailable"]);
    const last = Number(told.at(-4));
    const { size } = await auditAfterReopening();
    expect(size).toBeGreaterThan(last);
  });
});
