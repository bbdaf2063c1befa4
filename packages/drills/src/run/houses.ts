import { appendFileSync } from "node:fs";
import { join } from "node:path";
import type { Pilot } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import { chooseTarget, type PilotCalls, pilotCalls } from "../stage/pilot-calls.ts";
import { openSandbox, type Sandbox, type SandboxPlan } from "../stage/sandbox.ts";
import { LEAD } from "../stage/scene.ts";
import { callOf, OWN_TARGET, type Target, tokenFor } from "../stage/target.ts";
import type { Upstreams } from "../stage/upstreams.ts";
import { tokenOf } from "../wire/agent.ts";
import { isDone } from "../wire/http.ts";
import { randomText } from "../wire/key.ts";
import type { Drill } from "./drill.ts";
import type { Job } from "./job.ts";
import { type Mix, ownMix } from "./load.ts";
import type { Tell } from "./tell.ts";

/** A sandbox, with whom drills attack in it and what its load is made of. */
export interface House {
  readonly sandbox: Sandbox;
  /** Carried into it; absent where the drivers' own agents stand there alone. */
  readonly pilot?: Pilot;
  readonly target: Target;
  readonly mix: Mix;
  /** Whether the driver's own agents can work under the policies that stand there. */
  readonly isForOwn: boolean;
  /** Closed after one drill. */
  readonly isOnce?: boolean;
}

/** What opens sandboxes. */
export interface Ground {
  readonly job: Job;
  readonly upstreams: Upstreams;
  readonly tell: Tell;
}

let made = 0;

/** Opens a sandbox for a job. */
export async function openFor(
  { job, upstreams, tell }: Ground,
  more: Partial<SandboxPlan> = {},
): Promise<Sandbox> {
  made += 1;
  const began = Date.now();
  const sandbox = await openSandbox({
    program: job.server,
    folder: join(job.folder, `sandbox-${made}`),
    environment: "staging",
    upstreams,
    started: (pid) => appendFileSync(join(job.folder, "children"), `${pid}\n`),
    ...more,
  });
  const build = await sandbox.build();
  tell({ event: "sandbox", build, origin: sandbox.issuer, ready_ms: Date.now() - began });
  return sandbox;
}

async function goesThrough(sandbox: Sandbox, target: Target): Promise<boolean> {
  try {
    const agent = await sandbox.join(target.agent);
    const token = await tokenFor(target, sandbox, agent);
    return isDone(await agent.call(callOf(target, `well-${randomText()}`, token)));
  } catch {
    return false;
  }
}

/** Whether the driver's own agents can read and write, and hand work on: a pilot's policies may forbid it to everybody. */
async function ownCanWork(sandbox: Sandbox): Promise<boolean> {
  const lead = await sandbox.join(LEAD);
  const token = tokenOf(await lead.mint("drill-files", { mandate: await sandbox.mandate(LEAD) }));
  const path = "notes/first";
  for (const [tool, args] of [
    ["read_note", { path }],
    ["read_public", { path }],
    ["write_note", { path, text: "x" }],
  ] as const)
    if (!isDone(await lead.call({ server: "drill-files", tool, args, token }))) return false;
  return true;
}

/** A load as the pilot was seen working. Its arguments are made, since those that were sent stay where they are. */
function pilotMix({ record, agent }: Pilot, { calls, missed }: PilotCalls, floor: number): Mix {
  const isSeen = calls.some(({ weight }) => weight > 0);
  const lanes = calls.map(({ target, weight }) => ({ target, weight: isSeen ? weight : 1 }));
  const used = lanes.filter(({ weight }) => weight > 0);
  const recorded = Math.round((record.busiest_minute * 100) / 60) / 100;
  const peak = Math.max(floor, recorded);
  const says: JsonObject = {
    of: agent,
    recorded_calls: record.calls,
    recorded_peak_per_s: recorded,
    peak_per_s: peak,
    mix: Object.fromEntries(used.map(({ target, weight }) => [`${target.server}/${target.tool}`, weight])),
    ...(missed.length === 0 ? {} : { left_out: missed.slice(0, 16) }),
    arguments: "made from input schemas and ceiling",
  };
  return { peak, calls: used, says };
}

async function carriedHouse(ground: Ground, pilot: Pilot): Promise<House> {
  const sandbox = await openFor(ground, { pilot });
  const found = await pilotCalls(sandbox, pilot);
  const isForOwn = await ownCanWork(sandbox);
  const { peak } = ground.job;
  const mix = found.calls.length > 0 ? pilotMix(pilot, found, peak) : ownMix(peak);
  return { sandbox, pilot, target: chooseTarget(found), mix, isForOwn };
}

async function ownHouse(ground: Ground): Promise<House> {
  const sandbox = await openFor(ground);
  return { sandbox, target: OWN_TARGET, mix: ownMix(ground.job.peak), isForOwn: true };
}

async function isWell({ sandbox, target, isForOwn }: House): Promise<boolean> {
  if (sandbox.pid() === 0) return false;
  if (target.isPilot && !(await goesThrough(sandbox, target))) return false;
  return !isForOwn || goesThrough(sandbox, OWN_TARGET);
}

/** Gives drills their sandboxes, and the same one again for as long as honest calls go through in it. */
export class Houses {
  readonly #ground: Ground;
  #carried: House | undefined;
  #own: House | undefined;

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  async #withPilot(pilot: Pilot): Promise<House> {
    if (this.#carried !== undefined && !(await isWell(this.#carried))) {
      await this.#carried.sandbox.close();
      this.#carried = undefined;
    }
    this.#carried ??= await carriedHouse(this.#ground, pilot);
    return this.#carried;
  }

  async #ofOwn(): Promise<House> {
    if (this.#own !== undefined && !(await isWell(this.#own))) {
      await this.#own.sandbox.close();
      this.#own = undefined;
    }
    this.#own ??= await ownHouse(this.#ground);
    return this.#own;
  }

  /** Where a drill runs: beside the pilot, unless it is apart from it or the pilot's policies leave it no room. */
  async for({ aims, alone, apart }: Drill): Promise<House> {
    const { pilot } = this.#ground.job;
    const isApart = pilot === undefined || apart === true;
    if (alone === true) {
      const fresh = await (isApart ? ownHouse(this.#ground) : carriedHouse(this.#ground, pilot));
      return { ...fresh, isOnce: true };
    }
    if (isApart) return this.#ofOwn();
    const house = await this.#withPilot(pilot);
    const isFit = house.isForOwn || (aims === true && house.target.isPilot);
    return isFit ? house : this.#ofOwn();
  }

  /** A drill in which the driver lost its way leaves a sandbox that is not used again. */
  async close(): Promise<void> {
    const open = [this.#carried, this.#own];
    [this.#carried, this.#own] = [undefined, undefined];
    for (const house of open) await house?.sandbox.close();
  }
}
