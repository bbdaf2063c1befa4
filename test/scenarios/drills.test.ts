import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { catalogue, foundation } from "@narrowgate/assurance";
import type { DrillResult } from "@narrowgate/contracts";
import { ABSENT, DRILLS, type Drill, type DriverEvent, type Job, runDrills } from "@narrowgate/drills";
import { afterAll, beforeAll, expect, it } from "vitest";

const program = (path: string): string => fileURLToPath(new URL(`../../packages/${path}`, import.meta.url));
const node = [process.execPath, "--conditions=@narrowgate/source", "--disable-warning=ExperimentalWarning"];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "narrowgate-drills-test-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs drills against real sandboxes; the build is whatever the first of them says. */
async function run(
  drills: readonly Drill[],
  stop: AbortSignal = new AbortController().signal,
): Promise<readonly DrillResult[]> {
  const results: DrillResult[] = [];
  const job: { -readonly [K in keyof Job]: Job[K] } = {
    drills: drills.map(({ id }) => ({ drill: id, load: "L0" as const })),
    peak: 5,
    minutes: 0.1,
    seed: 11,
    build: "",
    server: [...node, program("server/src/main.ts")],
    verifier: [...node, program("verifier/src/bin.node.ts")],
    folder,
  };
  const tell = (event: DriverEvent): void => {
    if (event.event === "sandbox") job.build = event.build;
    if (event.event === "result") results.push(event.result);
    if (event.event === "failed") throw new RangeError(event.message);
  };
  await runDrills(job, drills, tell, stop);
  return results;
}

const drill = (id: string): Drill => {
  const found = DRILLS.find((one) => one.id === id);
  if (found === undefined) throw new RangeError(`no drill ${id}`);
  return found;
};

it("has the drills of the catalogue, and can run those that the profile foundation demands", () => {
  const ids = [...DRILLS, ...ABSENT].map(({ id }) => id);
  expect(ids.sort()).toEqual(catalogue.drills.map(({ id }) => id).sort());
  const running = DRILLS.map(({ id }) => id);
  expect(foundation.drills.map((one) => one.drill).filter((id) => !running.includes(id))).toEqual([]);
});

it("finds a gate that holds, through its front doors, and leaves nothing behind", async () => {
  const results = await run(["DR-02", "DR-07", "DR-22"].map(drill));
  for (const { drill: id, verdict, failures, trials, observed, bound, evidence } of results) {
    expect([id, verdict, failures], observed.join("\n")).toEqual([id, "pass", 0]);
    expect(trials).toBeGreaterThan(0);
    expect(bound).toBeGreaterThan(0);
    expect(evidence.checkpoint.startsWith(`${evidence.origin}\n`)).toBe(true);
  }
  expect(results).toHaveLength(3);
  expect((await readdir(folder)).filter((name) => name.startsWith("sandbox"))).toEqual([]);
}, 120_000);

const LOOSE = `@id("anything") @reason("anything within authority") permit (principal, action, resource);`;

it("soaks for as long as it is told, while what is written is slow, and replays what it did", async () => {
  const [result] = await run([drill("DR-20")]);
  expect([result?.verdict, result?.failures], result?.observed.join("\n")).toEqual(["pass", 0]);
  expect(Number(result?.figures["replayed"])).toBeGreaterThan(0);
  expect(Number(result?.figures["stalls"])).toBeGreaterThan(0);
}, 120_000);

it("finds that what is held stays and what is erased is gone, also after a crash and on a later day", async () => {
  const [result] = await run([drill("DR-31")]);
  expect([result?.verdict, result?.failures, result?.unmet], result?.observed.join("\n")).toEqual([
    "pass",
    0,
    undefined,
  ]);
  expect(result?.trials).toBe(28);
}, 300_000);

it("turns red where the house forgot the rule that keeps things in", async () => {
  const injection = drill("DR-24");
  const careless: Drill = {
    ...injection,
    async run(context) {
      const files = [{ name: "drills.cedar", text: LOOSE }];
      await context.sandbox.admin.send("POST", "/registry/apply", {
        document: { policies: ["**/*"] },
        files,
      });
      await injection.run(context);
    },
  };
  const [result] = await run([careless]);
  expect(result?.verdict).toBe("fail");
  expect(result?.failures).toBeGreaterThan(10);
  expect(result?.observed[0]).toMatch(/^UNSAFE: /);
}, 120_000);

it("shows nothing when it is stopped", async () => {
  const stop = new AbortController();
  const stopped: Drill = {
    ...drill("DR-05"),
    async run(context) {
      stop.abort();
      await drill("DR-05").run(context);
    },
  };
  const [result, ...more] = await run([stopped, drill("DR-07")], stop.signal);
  expect(result).toMatchObject({ verdict: "not_established", unmet: "it was stopped before its end" });
  expect(more).toEqual([]);
}, 120_000);
