import { createHash } from "node:crypto";
import { type DrillResult, parseDrillResult } from "@narrowgate/contracts";
import { canonicalJson } from "@narrowgate/kernel";
import type { Sandbox } from "../stage/sandbox.ts";
import type { Agent } from "../wire/agent.ts";
import type { Context, Drill } from "./drill.ts";
import { type Ground, type House, openFor } from "./houses.ts";
import type { WantedDrill } from "./job.ts";
import { type Load, startLoad } from "./load.ts";
import { percentile } from "./percentile.ts";
import { Tally } from "./tally.ts";

const SAY_EACH_MS = 1000;

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

/** One drill in its sandbox. */
export interface Attempt {
  readonly ground: Ground;
  readonly signal: AbortSignal;
  readonly drill: Drill;
  readonly wanted: WantedDrill;
  readonly house: House;
}

function contextOf(
  { ground, signal, house, wanted }: Attempt,
  tally: Tally,
): { context: Context; bare: () => number; close(): Promise<void> } {
  const { job, upstreams } = ground;
  const { sandbox, pilot, target, isForOwn } = house;
  const agents = new Map<string, Promise<Agent>>();
  const more: Sandbox[] = [];
  let bare = 0;
  const context: Context = {
    sandbox,
    upstreams,
    tally,
    target,
    ownCanWork: isForOwn,
    load: wanted.load,
    trials: wanted.trials ?? 0,
    minutes: job.minutes,
    signal,
    verifier: job.verifier,
    random: randomFrom(job.seed),
    agent(id) {
      const known = agents.get(id) ?? sandbox.join(id);
      agents.set(id, known);
      return known;
    },
    async another({ carries = false, ...plan } = {}) {
      if (!carries && pilot !== undefined) bare += 1;
      const opened = await openFor(ground, { ...plan, ...(carries && pilot !== undefined ? { pilot } : {}) });
      more.push(opened);
      return opened;
    },
  };
  return {
    context,
    bare: () => bare,
    close: async () => void (await Promise.all(more.map((one) => one.close()))),
  };
}

async function attempt(drill: Drill, context: Context, tally: Tally): Promise<void> {
  try {
    await drill.run(context);
  } catch (cause) {
    tally.needs(false, `the driver could not go on: ${cause instanceof Error ? cause.message : "unknown"}`);
  }
}

/** Says about once a second how it stands. @returns how that ends */
function sayProgress({ ground, drill }: Attempt, load: Load, tally: Tally): () => void {
  const began = Date.now();
  const say = (): void => {
    const { calls, perSecond, times } = load.line();
    const took =
      times.length === 0 ? {} : { p50_ms: percentile(times, 0.5), p99_ms: percentile(times, 0.99) };
    const counts = { ...tally.counts, calls, calls_per_s: perSecond, ...took };
    ground.tell({ event: "progress", drill: drill.id, elapsed_ms: Date.now() - began, ...counts });
  };
  const timer = setInterval(say, SAY_EACH_MS);
  return () => {
    clearInterval(timer);
    say();
  };
}

/** What a result says it is about: the release that stood there, and the agent where the attack was on it. */
function aboutOf({ house, drill }: Attempt): Pick<DrillResult, "release" | "agent"> {
  const { pilot, target } = house;
  if (pilot === undefined) return {};
  const isOnIt = drill.aims === true && target.isPilot;
  return { release: pilot.release, ...(isOnIt ? { agent: pilot.agent } : {}) };
}

/** INVARIANT: a result that names a release is `not_established` unless the sandbox had exactly that one. */
async function holdRelease({ house }: Attempt, tally: Tally): Promise<void> {
  const { pilot, sandbox } = house;
  if (pilot === undefined) return;
  const { isSame, differs } = await sandbox.standing(pilot);
  const what = differs.length === 0 ? "its digest" : differs.join(", ");
  tally.needs(isSame, `the sandbox has another release than the one that was asked about: ${what}`);
}

/** @param bare - sandboxes that the drill opened beside, in which the pilot does not stand */
function simulatedIn({ house, drill }: Attempt, bare: number): readonly string[] {
  const { pilot } = house;
  const servers = pilot?.servers.map(({ id }) => String(id)).join(", ");
  return [
    "the servers behind the sandbox record what reaches them",
    ...(servers === undefined ? [] : [`stand-ins with the same tool definitions: ${servers}`.slice(0, 1024)]),
    ...(bare === 0 ? [] : [`in ${bare} further sandboxes the driver's own agents stood alone`]),
    ...(drill.simulated ?? []),
  ];
}

/** Runs one drill beside its load. @returns its result */
export async function runOne(one: Attempt): Promise<DrillResult> {
  const { drill, house, ground, signal, wanted } = one;
  const { job, upstreams } = ground;
  const { sandbox, mix } = house;
  const tally = new Tally();
  await holdRelease(one, tally);
  if (drill.aims === true && house.pilot !== undefined && !house.target.isPilot)
    tally.note("no honest call of the pilot went through: the attack is on an agent of the driver's own");
  const [started, from, build] = [Date.now(), await sandbox.logSize(), await sandbox.build()];
  const load = startLoad(sandbox, wanted.load, mix);
  const said = sayProgress(one, load, tally);
  const { context, bare, close } = contextOf(one, tally);
  try {
    await attempt(drill, context, tally);
    const perSecond = load.rate();
    await load.stop();
    upstreams.slow(0);
    tally.needs(wanted.load === "L0" || perSecond > 0, "no governed call went through beside it");
    tally.needs(build === job.build, "the sandbox runs another build than the instance that asked");
    const checkpoint = await sandbox.checkpoint();
    const around = wanted.load === "L0" ? {} : { load: mix.says, ...load.figures() };
    return parseDrillResult({
      format: "narrowgate-drill/1",
      drill: drill.id,
      scenario: scenarioDigest(drill),
      build: job.build,
      ...aboutOf(one),
      load: wanted.load,
      calls_per_s: wanted.load === "L0" ? 0 : perSecond,
      seed: job.seed,
      expected: drill.expected,
      ...tally.verdict(signal.aborted),
      observed: tally.observed,
      figures: { ...tally.figures, ...around },
      simulated: simulatedIn(one, bare()),
      started,
      ended: Date.now(),
      evidence: { origin: checkpoint.split("\n")[0] ?? "", from, checkpoint },
    });
  } finally {
    said();
    await load.stop();
    await close();
  }
}
