import type { LoadApi } from "../load/load-process.ts";
import { type Asked, startAsked } from "../processes/child.ts";
import { type Line, type RowResult, show } from "../results.ts";
import { interleave, medianRatio, medianSample, type Peer, type Samples } from "../rounds.ts";
import type { Scale } from "../scale.ts";
import type { NarrowgateApi, Ready } from "../servers/narrowgate.ts";
import { gatePeer, openAt } from "./call-peers.ts";
import { rootTokens } from "./exchange-load.ts";

/** So many that none meets a bound on what one key or one task may ask. */
const AGENTS = 40;
const PENDING = 500;
/** Asked anew while calls are measured: fourteen times 500 an hour, so that some fall into a short measurement. */
const ASKED_PER_SECOND = 2;
/** Few enough that nothing queues: what is looked for is what waiting calls add to each. */
const ARRIVALS = 100;
const MOST = 1.1;
const WITH = "calls while 500 wait for a person";
const WITHOUT = "while none does";
const SERVERS = [{ id: "echo" }, { id: "waits", approval: true }];

interface Gate {
  readonly gate: Asked<NarrowgateApi>;
  readonly load: Asked<LoadApi>;
  readonly ready: Ready;
}

let asked = 0;

/** Prepares calls that have to wait, under all mandates in turn. @returns port of the gate */
async function prepareWaiting({ gate, load, ready }: Gate, count: number): Promise<number> {
  const tokens = await rootTokens(gate, load, ready, { count: ready.mandates.length, server: "waits" });
  const { port, resource, nonce } = await gate.ask("tokenTarget", { server: "waits" });
  const callers = tokens.flatMap((token, i) => {
    const signer = ready.signers[i % ready.signers.length];
    return signer === undefined ? [] : [{ signer, token }];
  });
  await load.ask("prepareCalls", {
    port,
    path: "/mcp/waits",
    count,
    run: `waiting ${asked++}`,
    callers,
    url: resource,
    waits: true,
    ...(nonce === undefined ? {} : { nonce }),
  });
  return port;
}

/** Calls of a gate while further ones are put before people. */
function askingPeer(peer: Peer, parts: Gate, seconds: number): Peer {
  const count = Math.max(1, Math.round(seconds * ASKED_PER_SECOND));
  return {
    name: peer.name,
    async measure(connections, requests) {
      const port = await prepareWaiting(parts, count);
      const asking = parts.load.ask("runOpen", { port, connections: 1, rate: ASKED_PER_SECOND });
      const sample = await peer.measure(connections, requests);
      const { firstFault } = await asking;
      if (firstFault !== undefined) throw new Error(`a call did not wait: ${firstFault}`);
      return sample;
    },
  };
}

async function startGate(load: Asked<LoadApi>): Promise<Gate> {
  const gate = await startAsked<NarrowgateApi>("servers/narrowgate.ts", true);
  const ready = await gate.ask("setUp", { agents: AGENTS, servers: SERVERS });
  return { gate, load, ready };
}

function lineOf(samples: Samples, waiting: number): Line {
  const mine = medianSample(samples, WITH, 32);
  const other = medianSample(samples, WITHOUT, 32);
  const ratio = medianRatio(samples, { ours: WITH, theirs: WITHOUT, member: "p50Ms" }, 32);
  return {
    what: `${WITH}, ${ARRIVALS} arrivals/s`,
    connections: 32,
    ours: `p50 ${show(mine.p50Ms)} ms, p99 ${show(mine.p99Ms)} ms; ${waiting} at the end`,
    against: `${WITHOUT}: p50 ${show(other.p50Ms)} ms, p99 ${show(other.p99Ms)} ms`,
    figure: `${show(ratio)} x the median`,
    cpu: `${show(mine.cpuUs)} / ${show(other.cpuUs)} µs`,
    target: `at most ${MOST} x`,
    reached: ratio <= MOST,
  };
}

/** Whether calls that wait for people slow down those that need nobody: two gates, one with, one without. */
export async function approvals({ rounds, requests, warmUp }: Scale): Promise<RowResult> {
  const load = await startAsked<LoadApi>("load/load-process.ts");
  const asker = await startAsked<LoadApi>("load/load-process.ts");
  const busy = await startGate(asker);
  const quiet = await startGate(asker);
  try {
    const peerOf = (name: string, { gate, ready }: Gate): Peer =>
      gatePeer(name, { gate, load, ready, server: "echo" }, openAt(ARRIVALS));
    const peers = [askingPeer(peerOf(WITH, busy), busy, requests / ARRIVALS), peerOf(WITHOUT, quiet)];
    for (const peer of peers) await peer.measure(32, warmUp);
    const port = await prepareWaiting(busy, PENDING);
    const { firstFault } = await asker.ask("runClosed", { port, connections: 8 });
    if (firstFault !== undefined) throw new Error(`a call did not wait: ${firstFault}`);
    const samples = await interleave(peers, [{ connections: 32, count: requests }], rounds);
    const waiting = await busy.gate.ask("waiting");
    if (waiting < PENDING) throw new Error(`only ${waiting} calls wait`);
    return { row: "approvals", lines: [lineOf(samples, waiting)], raw: Object.fromEntries(samples) };
  } finally {
    await Promise.all([load, asker, busy.gate, quiet.gate].map((child) => child.stop()));
  }
}
