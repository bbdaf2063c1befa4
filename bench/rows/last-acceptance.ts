import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { CallLoad } from "../load/call-shots.ts";
import type { LoadApi } from "../load/load-process.ts";
import type { MixedRun } from "../load/revoked-calls.ts";
import { type Asked, startAsked } from "../processes/child.ts";
import { median, type RowResult, show } from "../results.ts";
import type { Scale } from "../scale.ts";
import type { NarrowgateApi, Ready } from "../servers/narrowgate.ts";

/** Agents that hold streams open, those whose tokens are revoked in turn, and those who just work. */
const WATCHERS = 400;
const VICTIMS = 32;
const OTHERS = 8;
const STREAMS_OF_ONE = 25;
/** Calls of a victim: so many that 250 are sent after the revocation; a key that fails more often is sent away unseen. */
const BEFORE = 60;
const AFTER = 250;
const REVOCATIONS = 420;
const CONNECTIONS = 64;
const MOST_RATE = 1000;
/** Of what the machine sustains: above it calls wait for each other, and for nothing else. */
const SHARE = 0.8;

interface Parts {
  readonly gate: Asked<NarrowgateApi>;
  readonly load: Asked<LoadApi>;
  readonly watch: Asked<LoadApi>;
  readonly ready: Ready;
  readonly watchers: number;
}

interface Revoked {
  readonly askedMs: number;
  readonly durableMs: number;
  readonly run: MixedRun;
}

async function tokensFor(
  parts: Parts,
  agents: readonly number[],
  mandates: readonly string[],
): Promise<readonly string[]> {
  const { gate, load, ready } = parts;
  const target = await gate.ask("tokenTarget", { server: "echo" });
  const signers = agents.flatMap((agent) => ready.signers[agent] ?? []);
  const forms = mandates.map((mandate) => ({ grant_type: "client_credentials", mandate }));
  return load.ask("collectTokens", { target, signers, forms });
}

type Caller = NonNullable<CallLoad["callers"]>[number];

async function callersOf(
  parts: Parts,
  agents: readonly number[],
  mandates: readonly string[],
): Promise<readonly Caller[]> {
  const tokens = await tokensFor(parts, agents, mandates);
  return agents.flatMap((agent, i) => {
    const signer = parts.ready.signers[agent];
    return signer === undefined ? [] : [{ signer, token: tokens[i] ?? "" }];
  });
}

let runs = 0;

async function callLoad(parts: Parts, callers: readonly Caller[], count: number): Promise<CallLoad> {
  const { port, resource, nonce } = await parts.gate.ask("tokenTarget", { server: "echo" });
  const run = `revoked ${runs++}`;
  return {
    port,
    path: "/mcp/echo",
    count,
    run,
    callers,
    url: resource,
    ...(nonce === undefined ? {} : { nonce }),
  };
}

const range = (from: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => from + i);

async function openStreams(parts: Parts): Promise<number> {
  const { ready, watch, watchers } = parts;
  const agents = range(0, watchers);
  const callers = await callersOf(parts, agents, ready.mandates.slice(0, watchers));
  const { port, path, url = "", nonce } = await callLoad(parts, callers, 0);
  const proofs = nonce === undefined ? {} : { nonce };
  return watch.ask("openStreams", { port, path, url, ...proofs, callers, perCaller: STREAMS_OF_ONE });
}

/** Calls a second that go through with all streams open, nobody being revoked. */
async function sustained(parts: Parts, others: readonly Caller[], count: number): Promise<number> {
  const calls = await callLoad(parts, others, count);
  await parts.load.ask("prepareCalls", calls);
  const { failed, firstFault, wallMs } = await parts.load.ask("runClosed", {
    port: calls.port,
    connections: CONNECTIONS,
  });
  if (failed > 0) throw new Error(`calls beside streams failed: ${firstFault}`);
  return (count * 1000) / wallMs;
}

/** One revocation in the middle of calls. */
async function revokeOnce(
  parts: Parts,
  others: readonly Caller[],
  at: { readonly agent: number; readonly rate: number },
): Promise<Revoked> {
  const { gate, load } = parts;
  const mandate = await gate.ask("openMandateOf", { agent: at.agent });
  const victims = await callersOf(parts, [at.agent], [mandate]);
  const victim = await callLoad(parts, victims, BEFORE + AFTER);
  const theirs = await callLoad(parts, others, Math.ceil((BEFORE + AFTER) / 3));
  await load.ask("prepareMixed", { victim, others: theirs });
  const running = load.ask("runMixed", { port: victim.port, rate: at.rate, connections: CONNECTIONS });
  await setTimeout((BEFORE * 4000) / (3 * at.rate));
  const times = await gate.ask("revokeTimed", { kind: "mandate", id: mandate });
  return { ...times, run: await running };
}

/** What nothing can be faster than: one bare sync of the disk, milliseconds. */
function syncMs(): number {
  const directory = mkdtempSync(join(tmpdir(), "narrowgate-sync-"));
  const file = openSync(join(directory, "file"), "w");
  const started = performance.now();
  writeSync(file, Buffer.alloc(4096, 1));
  fdatasyncSync(file);
  const took = performance.now() - started;
  closeSync(file);
  rmSync(directory, { recursive: true });
  return took;
}

/** The value below which a share of all stand. */
export const quantile = (values: readonly number[], q: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? Number.NaN;

/** From the request to revoke until the last answer that was still good; 0 where none was. */
export const lastAcceptedMs = ({ askedMs, run }: Revoked): number =>
  Math.max(0, ...run.accepted.map(({ answeredMs }) => answeredMs - askedMs));

/** Calls that were sent when the revocation was durable, and went through all the same. */
export const lateCalls = ({ durableMs, run }: Revoked): number =>
  run.accepted.filter(({ sentMs }) => sentMs > durableMs).length;

/** Calls that were sent when it was durable, whatever became of them. */
export const triedCalls = ({ durableMs, run }: Revoked): number =>
  [...run.accepted, ...run.refused, ...run.unrecorded].filter(({ sentMs }) => sentMs > durableMs).length;

/** Everything is revoked: how long until the last stream has ended. */
async function endAll({ gate, watch }: Parts): Promise<{ readonly ended: number; readonly ms: number }> {
  const before = await watch.ask("streamsNow");
  const { askedMs } = await gate.ask("revokeTimed", { kind: "all", id: "all" });
  for (let tries = 0; tries < 100; tries++) {
    const { open, lastEndedMs } = await watch.ask("streamsNow");
    if (open === 0) return { ended: before.open, ms: lastEndedMs - askedMs };
    await setTimeout(100);
  }
  const { open } = await watch.ask("streamsNow");
  throw new Error(`${open} streams of ${before.open} did not end`);
}

/** When the last call goes through that a revocation should have stopped, with calls and streams in great number. */
export async function lastAcceptance({ quick }: Scale): Promise<RowResult> {
  const watchers = quick ? WATCHERS / 10 : WATCHERS;
  const agents = watchers + VICTIMS + OTHERS;
  const load = await startAsked<LoadApi>("load/load-process.ts");
  const watch = await startAsked<LoadApi>("load/load-process.ts");
  const gate = await startAsked<NarrowgateApi>("servers/narrowgate.ts", true);
  try {
    const ready = await gate.ask("setUp", { agents, servers: [{ id: "echo" }] });
    const parts = { gate, load, watch, ready, watchers };
    const opened = await openStreams(parts);
    const otherAgents = range(watchers + VICTIMS, OTHERS);
    const others = await callersOf(parts, otherAgents, ready.mandates.slice(-OTHERS));
    await sustained(parts, others, quick ? 300 : 2000);
    const most = await sustained(parts, others, quick ? 300 : 2000);
    const rate = Math.min(MOST_RATE, Math.floor(most * SHARE));
    const all: Revoked[] = [];
    const floors: number[] = [];
    const before = gate.cpuMs();
    for (let i = 0; i < (quick ? 8 : REVOCATIONS); i++) {
      all.push(await revokeOnce(parts, others, { agent: watchers + (i % VICTIMS), rate }));
      floors.push(syncMs());
    }
    const calls = all.length * Math.ceil(((BEFORE + AFTER) * 4) / 3);
    const cpuUs = ((gate.cpuMs() - before) * 1000) / calls;
    const { open } = await watch.ask("streamsNow");
    const stop = await endAll(parts);
    const n = all.reduce((sum, one) => sum + triedCalls(one), 0);
    const late = all.reduce((sum, one) => sum + lateCalls(one), 0);
    const otherwise = all.flatMap(({ run }) => run.otherwise);
    const last = all.map(lastAcceptedMs);
    const durable = all.map(({ askedMs, durableMs }) => durableMs - askedMs);
    const times = [0.5, 0.99, 1].map((q) => show(quantile(last, q)));
    const perSecond = median(all.map(({ run }) => run.perSecond));
    const lines = [
      {
        what: `last acceptance after ${all.length} revocations, ${show(perSecond)} calls/s, ${show(open)} open streams`,
        connections: CONNECTIONS,
        ours: `p50 ${times[0]} ms, p99 ${times[1]} ms, most ${times[2]} ms; durable after ${show(median(durable))} ms (p50), ${show(quantile(durable, 0.99))} ms (p99)`,
        against: `one bare sync of the disk ${show(median(floors))} ms (p50), ${show(quantile(floors, 0.99))} ms (p99)`,
        figure: `${late} of ${show(n)} calls sent after it went through (below ${(3 / n).toExponential(1)} at 95 %)`,
        cpu: `${show(cpuUs)} µs`,
        target: "none",
        reached: late === 0,
      },
      {
        what: `everything revoked with ${show(stop.ended)} open streams`,
        ours: `the last one ended after ${show(stop.ms)} ms`,
        against: "",
        figure: `${show(stop.ms / 1000)} s`,
      },
    ];
    const raw = {
      opened,
      open,
      most,
      rate,
      n,
      late,
      last,
      durable,
      floors,
      told: all.reduce((sum, { run }) => sum + run.refused.length, 0),
      otherwise: otherwise.slice(0, 5),
      otherwiseInAll: otherwise.length,
      othersFailed: all.reduce((sum, { run }) => sum + run.othersFailed, 0),
      stop,
    };
    return { row: "last-acceptance", lines, raw };
  } finally {
    await Promise.all([load, watch, gate].map((child) => child.stop()));
  }
}
