import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ChildEnd, childEnvironment, NARROWGATE, runChild } from "./harness/run-child.ts";
import { startInstance, type TestInstance } from "./harness/test-instance.ts";

let gate: TestInstance;

const words = (...given: readonly string[]): readonly string[] => [
  process.execPath,
  NARROWGATE,
  ...given,
  "--data",
  gate.directory,
];
const env = () => childEnvironment(join(gate.directory, "home"));
const narrowgate = (given: readonly string[], input?: string): Promise<ChildEnd> =>
  runChild(words(...given), { env: env(), limitMs: 110_000, ...(input === undefined ? {} : { input }) });
const lock = () => join(gate.config.dataDirectory, "drill.lock");

beforeAll(async () => {
  gate = await startInstance();
  await mkdir(join(gate.directory, "home"));
  const code = gate.instance().operators.offerFirst()?.shown ?? "";
  expect((await narrowgate(["operator", "enrol", "--name", "Ada", "--code-file", "-"], code)).code).toBe(0);
});
afterAll(() => gate?.close());

it("runs a drill beside the instance, and puts what it found on record, signed", async () => {
  const ran = await narrowgate(["drill", "run", "dr-07", "--load", "L0", "--seed", "5"]);
  expect([ran.code, ran.stdout], ran.stderr).toEqual([
    0,
    expect.stringMatching(/^DR-07 {2}pass {2}0 of \d+ failed/),
  ]);
  const [recorded, ...more] = gate.instance().evaluations.drills();
  expect(more).toEqual([]);
  expect(recorded?.result).toMatchObject({
    drill: "DR-07",
    verdict: "pass",
    seed: 5,
    load: "L0",
    failures: 0,
  });
  expect(recorded?.result.build).toBe(gate.instance().evaluations.build);
  expect((await narrowgate(["drill", "list"])).stdout).toMatch(/DR-07 .* L0 +0\/\d+ +pass/);
  expect((await narrowgate(["drill", "show", "dr-07"])).stdout).toContain("simulated: ");
  expect((await narrowgate(["drill", "show", "dr-01"])).stderr).toContain("not_found");
  expect(existsSync(lock())).toBe(false);
}, 120_000);

it("does not begin while another one runs, and takes no drill or load that is none", async () => {
  await writeFile(lock(), `${process.pid}\n/nowhere\n`);
  const refused = await narrowgate(["drill", "run", "DR-07"]);
  expect([refused.code, refused.stderr]).toEqual([5, expect.stringContaining("drill_running")]);
  await rm(lock());
  expect((await narrowgate(["drill", "run", "DR-99"])).stderr).toContain("not_found");
  for (const words of [
    ["--load", "L9"],
    ["--profile", "none"],
    ["--profile", "foundation", "--load", "L2"],
    ["DR-07", "--profile", "ci"],
    ["DR-07", "--declare", "model=none"],
  ])
    expect((await narrowgate(["drill", "run", ...words])).stderr).toContain("usage");
  expect((await narrowgate(["drill", "run", "DR-07", "--agent", "nobody"])).stderr).toContain("not_found");
}, 120_000);

it("is stopped by a signal: nothing is shown, and nothing goes on running", async () => {
  const [program = "", ...args] = words("drill", "run", "DR-05", "--json");
  const child = spawn(program, args, { env: env(), stdio: ["ignore", "pipe", "ignore"] });
  let origin = "";
  const verdicts: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const event = JSON.parse(line);
    if (event.event === "sandbox") origin = event.origin;
    if (event.event === "began") child.kill("SIGTERM");
    if (event.event === "result") verdicts.push(event.result.verdict);
  }
  if (child.exitCode === null) await once(child, "exit");
  expect(verdicts).toEqual(["not_established"]);
  expect(child.exitCode).toBe(3);
  expect(existsSync(lock())).toBe(false);
  await expect(fetch(origin)).rejects.toThrow();
}, 120_000);
