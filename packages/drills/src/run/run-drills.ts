import { createHash } from "node:crypto";
import { appendFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type DrillResult, type LoadLevel, parseDrillResult } from "@narrowgate/contracts";
import { canonicalJson } from "@narrowgate/kernel";
import { openSandbox, type Sandbox, type SandboxPlan } from "../stage/sandbox.ts";
import { startUpstreams, type Upstreams } from "../stage/upstreams.ts";
import type { Agent } from "../wire/agent.ts";
import type { Context, Drill } from "./drill.ts";
import type { Job } from "./job.ts";
import { startLoad } from "./load.ts";
import { Tally } from "./tally.ts";

/** What the driver says while it works. */
export type DriverEvent =
  | { readonly event: "sandbox"; readonly build: string; readonly origin: string }
  | { readonly event: "began"; readonly drill: string; readonly name: string; readonly load: LoadLevel }
  | { readonly event: "result"; readonly result: DrillResult }
  | { readonly event: "failed"; readonly message: string };

/** Told of each event. */
export type Tell = (event: DriverEvent) => void;

/** mulberry32: enough for choosing what to try. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Digest by which a result names what was tried. */
export function scenarioDigest({ id, scenario, expected }: Drill): string {
  const text = `narrowgate/drill-scenario/v1\n${canonicalJson({ id, expected, scenario })}`;
  return createHash("sha256").update(text).digest("base64url");
}

/** Everything that one run of drills stands on. */
interface Stage {
  readonly job: Job;
  readonly upstreams: Upstreams;
  readonly tell: Tell;
  readonly signal: AbortSignal;
  open(more?: Partial<SandboxPlan>): Promise<Sandbox>;
}

function contextOf(
  stage: Stage,
  sandbox: Sandbox,
  tally: Tally,
): { context: Context; close(): Promise<void> } {
  const { job, upstreams, signal } = stage;
  const agents = new Map<string, Promise<Agent>>();
  const more: Sandbox[] = [];
  const context: Context = {
    sandbox,
    upstreams,
    tally,
    load: job.load,
    signal,
    verifier: job.verifier,
    random: randomFrom(job.seed),
    agent(id) {
      const known = agents.get(id) ?? sandbox.join(id);
      agents.set(id, known);
      return known;
    },
    async another(wanted = {}) {
      const made = await stage.open(wanted);
      more.push(made);
      return made;
    },
  };
  return { context, close: async () => void (await Promise.all(more.map((one) => one.close()))) };
}

async function attempt(drill: Drill, context: Context, tally: Tally): Promise<void> {
  try {
    await drill.run(context);
  } catch (cause) {
    tally.needs(false, `the driver could not go on: ${cause instanceof Error ? cause.message : "unknown"}`);
  }
}

async function runOne(stage: Stage, drill: Drill, sandbox: Sandbox): Promise<DrillResult> {
  const { job, tell, signal, upstreams } = stage;
  tell({ event: "began", drill: drill.id, name: drill.name, load: job.load });
  const tally = new Tally();
  const [started, from, build] = [Date.now(), await sandbox.logSize(), await sandbox.build()];
  const load = startLoad(sandbox, job.load, job.peak);
  const { context, close } = contextOf(stage, sandbox, tally);
  try {
    await attempt(drill, context, tally);
    const perSecond = load.rate();
    await load.stop();
    upstreams.slow(0);
    tally.needs(job.load === "L0" || perSecond > 0, "no governed call went through beside it");
    tally.needs(build === job.build, "the sandbox runs another build than the instance that asked");
    const checkpoint = await sandbox.checkpoint();
    return parseDrillResult({
      format: "narrowgate-drill/1",
      drill: drill.id,
      scenario: scenarioDigest(drill),
      build: job.build,
      load: job.load,
      calls_per_s: perSecond,
      seed: job.seed,
      expected: drill.expected,
      ...tally.verdict(signal.aborted),
      observed: tally.observed,
      figures: tally.figures,
      simulated: ["the servers behind the sandbox record what reaches them", ...(drill.simulated ?? [])],
      started,
      ended: Date.now(),
      evidence: { origin: checkpoint.split("\n")[0] ?? "", from, checkpoint },
    });
  } finally {
    await load.stop();
    await close();
  }
}

/** Gives drills their sandboxes: one that they share, or one of its own to a drill that breaks it. */
class Sandboxes {
  readonly #stage: Stage;
  #shared: Sandbox | undefined;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  async #for({ alone }: Drill): Promise<Sandbox> {
    if (alone === true) return this.#stage.open();
    this.#shared ??= await this.#stage.open();
    return this.#shared;
  }

  /** Runs one drill; a sandbox in which the driver lost its way is not used again. */
  async run(drill: Drill): Promise<void> {
    const { tell } = this.#stage;
    const sandbox = await this.#for(drill);
    try {
      tell({ event: "result", result: await runOne(this.#stage, drill, sandbox) });
    } catch (cause) {
      tell({
        event: "failed",
        message: `${drill.id}: ${cause instanceof Error ? cause.message : "unknown"}`,
      });
      await this.close();
    } finally {
      if (drill.alone === true) await sandbox.close();
    }
  }

  async close(): Promise<void> {
    await this.#shared?.close();
    this.#shared = undefined;
  }
}

/** Runs drills one after the other. Each result is told as soon as it is there. */
export async function runDrills(
  job: Job,
  drills: readonly Drill[],
  tell: Tell,
  signal: AbortSignal,
): Promise<void> {
  const upstreams = await startUpstreams();
  let made = 0;
  await mkdir(job.folder, { recursive: true, mode: 0o700 });
  const stage: Stage = {
    job,
    upstreams,
    tell,
    signal,
    async open(more = {}) {
      made += 1;
      const folder = join(job.folder, `sandbox-${made}`);
      const plan: SandboxPlan = {
        program: job.server,
        folder,
        environment: "staging",
        upstreams,
        policies: job.policies,
        started: (pid) => appendFileSync(join(job.folder, "children"), `${pid}\n`),
        ...more,
      };
      const sandbox = await openSandbox(plan);
      tell({ event: "sandbox", build: await sandbox.build(), origin: sandbox.issuer });
      return sandbox;
    },
  };
  const sandboxes = new Sandboxes(stage);
  try {
    for (const drill of drills) if (!signal.aborted) await sandboxes.run(drill);
  } finally {
    await sandboxes.close();
    await upstreams.close();
  }
}
