import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { catalogue, type Entry, EVALUATOR_DIGEST } from "@narrowgate/assurance";
import { parseLeaf } from "@narrowgate/contracts";
import { NarrowgateError, randomId } from "@narrowgate/kernel";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { KEPT_BYTES, keysOf } from "../../../test/assurance/fold-keys.ts";
import { type EvaluatorIdentity, openEvaluator } from "./evaluate-log.ts";
import { LogFollower } from "./follow-log.ts";
import { type FoldKeys, fileKeeper } from "./keep-fold.ts";
import type { LogReader } from "./ports.ts";

const digest = randomId(32);
const writer = randomId();
const agent = randomId();
const identity: EvaluatorIdentity = { evaluator: EVALUATOR_DIGEST, catalogue, build: "this" };

/** Each third leaf of a log: a permitted call, its dispatch, and how it ended; now and then it never ends. */
function entry(index: number): Entry {
  const decision = Buffer.from(`decision-${String(Math.floor(index / 3)).padStart(7, "0")}`).toString(
    "base64url",
  );
  const kinds = [
    {
      id: decision,
      type: "decision",
      body: { action: "call", feed: 0, policy: digest, procedure: digest, verdict: "permit" },
    },
    { id: randomId(), type: "dispatch", body: { decision, digest, server: writer } },
    {
      id: randomId(),
      type: "outcome",
      body: { decision, held_ms: 1, status: index % 5 === 0 ? "timeout" : "ok" },
    },
  ];
  const link = { prev: digest, seq: index + 1 };
  const leaf = parseLeaf({
    agent: { id: agent, ...link },
    at: 1_000_000 + index * 1000,
    ...kinds[index % 3],
    txn: { id: `${writer}.${writer}`, ...link },
    v: 1,
    writer: { id: writer, ...link },
  });
  return { leaf, index };
}

const entries = Array.from({ length: 1500 }, (_, i) => entry(i));

function logOf(size: number, of = "log"): LogReader & { readonly taken: number[] } {
  const taken: number[] = [];
  return {
    taken,
    origin: of,
    size: () => size,
    async page(from, count) {
      taken.push(from);
      return entries.slice(from, Math.min(size, from + count));
    },
    open: async (leaves) => leaves.map(() => ({})),
    rootAt: async (at) => `root of ${at}`,
  };
}

let path = "";
const failures: unknown[] = [];
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), "fold-"));
  path = join(folder, "controls.fold");
  failures.length = 0;
  onTestFinished(() => rmSync(folder, { recursive: true }));
});
const keeper = (keys = keysOf()) => fileKeeper(path, keys, (cause) => failures.push(cause));

/** Everything that is known of the log, as text. */
async function foldedAtOnce(size: number): Promise<string> {
  const follower = new LogFollower(logOf(size), identity.evaluator, catalogue);
  await follower.catchUp(size);
  return follower.save(identity.build);
}

async function foldAndClose(size: number, of = identity): Promise<void> {
  const first = await openEvaluator(logOf(size), of, keeper());
  await first.catchUp(size);
  await first.close();
}

/** Waits until a file in the folder is longer than nothing and shorter than what is kept. */
async function halfWritten(folder: string): Promise<void> {
  const isHalf = (name: string): boolean => {
    const size = statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
    return size > 0 && size < KEPT_BYTES;
  };
  while (!readdirSync(folder).some(isHalf)) await setImmediate();
}

describe("what was folded", () => {
  test("is there after a restart, and what follows gives the same, byte for byte", async () => {
    await foldAndClose(700);
    const log = logOf(1500);
    const again = await openEvaluator(log, identity, keeper());
    await again.catchUp(1500);
    await again.close();
    expect(Math.min(...log.taken)).toBe(700);
    expect(await keeper().load()).toBe(await foldedAtOnce(1500));
    expect(failures).toEqual([]);
  });

  test("is not written again when nothing is new", async () => {
    await foldAndClose(300);
    const before = readFileSync(path);
    await foldAndClose(300);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test.each([
    ["another build", { ...identity, build: "other" }, "log", 700],
    ["another evaluator", { ...identity, evaluator: digest }, "log", 700],
    ["another log", identity, "other", 700],
    ["a log that is shorter by now", identity, "log", 600],
  ] as const)("is thrown away for %s", async (_, of, origin, size) => {
    await foldAndClose(650);
    const log = logOf(size, origin);
    const again = await openEvaluator(log, of, keeper());
    await again.catchUp(size);
    expect(log.taken[0]).toBe(0);
  });

  test("is thrown away when the log has another history", async () => {
    await foldAndClose(650);
    const log = { ...logOf(700), rootAt: async () => "another root" };
    const again = await openEvaluator(log, identity, keeper());
    await again.catchUp(700);
    expect(log.taken[0]).toBe(0);
  });

  test("is forgotten when one bit of the file differs, or its end is missing", async () => {
    await foldAndClose(300);
    const whole = readFileSync(path);
    for (const at of [0, 20, 60, 100, whole.length >> 1, whole.length - 1]) {
      const forged = Buffer.from(whole);
      forged[at] = (forged[at] ?? 0) ^ 1;
      writeFileSync(path, forged);
      expect(await keeper().load()).toBeUndefined();
    }
    for (const length of [0, 1, 90, whole.length >> 1, whole.length - 1]) {
      writeFileSync(path, whole.subarray(0, length));
      expect(await keeper().load()).toBeUndefined();
    }
    writeFileSync(path, whole);
    expect(await keeper().load()).toBeDefined();
  });

  test("opens under no key but this instance's", async () => {
    await foldAndClose(300);
    expect(await keeper(keysOf(Buffer.alloc(32, 2))).load()).toBeUndefined();
  });

  test("names nothing in the clear", async () => {
    await foldAndClose(300);
    expect(readFileSync(path).includes(agent)).toBe(false);
    expect((await keeper().load())?.includes(agent)).toBe(true);
  });

  test("stays as it was when it cannot be kept, and the evaluation goes on", async () => {
    await foldAndClose(300);
    const before = readFileSync(path);
    const keys: FoldKeys = {
      ...keysOf(),
      make: () => Promise.reject(new NarrowgateError("evidence_unavailable", "no key")),
    };
    const again = await openEvaluator(logOf(700), identity, keeper(keys));
    await again.catchUp(700);
    await again.close();
    expect(failures).toHaveLength(1);
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(join(path, ".."))).toEqual(["controls.fold"]);
  });

  test("is whole whenever whoever writes it is killed", async () => {
    const program = fileURLToPath(new URL("../../../test/assurance/keep-without-end.ts", import.meta.url));
    for (let kills = 0; kills < 2; kills++) {
      const child = fork(program, [path], { execArgv: ["--conditions=@narrowgate/source"] });
      await once(child, "message");
      await halfWritten(join(path, ".."));
      child.kill("SIGKILL");
      await once(child, "exit");
      const kept = (await keeper().load()) ?? "";
      expect(readdirSync(join(path, ".."))).toEqual(["controls.fold"]);
      expect([kept.length, kept === (kept[0] ?? "").repeat(KEPT_BYTES)]).toEqual([KEPT_BYTES, true]);
    }
  });

  test("is kept on the way, so that a crash costs no more than some leaves", async () => {
    const saves: number[] = [];
    const counting = {
      load: async () => undefined,
      async save(text: () => Promise<string>) {
        saves.push(JSON.parse((await text()).split("\n")[0] ?? "").size);
      },
    };
    const evaluator = await openEvaluator(logOf(1000), identity, counting, 600);
    await evaluator.catchUp(1000);
    expect(saves).toEqual([600]);
    await evaluator.close();
    expect(saves).toEqual([600, 1000]);
  });
});
