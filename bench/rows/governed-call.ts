import { fileURLToPath } from "node:url";
import { freePort } from "../../test/scenarios/harness/free-port.ts";
import type { LoadApi } from "../load/load-process.ts";
import { type Child, startAsked, startProgram } from "../processes/child.ts";
import { type Line, type RowResult, show } from "../results.ts";
import { interleave, medianRatio, medianSample, type Peer, type Samples } from "../rounds.ts";
import type { Scale } from "../scale.ts";
import type { EchoHttpApi } from "../servers/echo-http.ts";
import type { NarrowgateApi } from "../servers/narrowgate.ts";
import type { PassThroughApi } from "../servers/pass-through.ts";
import { closed, type Drive, gatePeer, openAt, type Plain, plainPeer } from "./call-peers.ts";

const AGENTS = 8;
const echo = fileURLToPath(new URL("../servers/echo-stdio.mjs", import.meta.url));
const mcpProxy = fileURLToPath(
  new URL("../../node_modules/mcp-proxy/dist/bin/mcp-proxy.mjs", import.meta.url),
);

/** How `mcp-proxy` is asked to be as fast as it can: sessions, no event store, one protocol. */
const PROXY_ARGS = ["--host", "127.0.0.1", "--server", "stream", "--no-eventStore", "--no-modern"];

async function openSession(port: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/mcp`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json, text/event-stream" },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 0,
      method: "initialize",
      params: {
        protocolVersion: "2025-11-25",
        capabilities: {},
        clientInfo: { name: "bench", version: "1" },
      },
    }),
  });
  await response.text();
  const session = response.headers.get("mcp-session-id");
  if (session === null) throw new Error(`mcp-proxy gave no session: ${response.status}`);
  return session;
}

async function startMcpProxy(): Promise<Plain> {
  const port = await freePort();
  const child = await startProgram(
    [mcpProxy, "--port", String(port), ...PROXY_ARGS, "--", process.execPath, echo],
    port,
  );
  return { name: "mcp-proxy", child, where: { port, path: "/mcp", session: await openSession(port) } };
}

async function startPassThrough(by: "http" | "undici", upstream: number): Promise<Plain> {
  const child = await startAsked<PassThroughApi>("servers/pass-through.ts");
  const port = await child.ask("listen", { by, upstream });
  return { name: by === "http" ? "http.request" : by, child, where: { port, path: "/mcp" } };
}

interface Bar {
  readonly ours: string;
  readonly theirs: string;
  readonly connections: number;
  readonly least?: number;
}

function lineOf(samples: Samples, { ours, theirs, connections, least }: Bar): Line {
  const mine = medianSample(samples, ours, connections);
  const other = medianSample(samples, theirs, connections);
  const ratio = medianRatio(samples, { ours, theirs }, connections);
  return {
    what: ours,
    connections,
    ours: `${show(mine.rate)}/s, p50 ${show(mine.p50Ms)} ms`,
    against: `${theirs} ${show(other.rate)}/s`,
    figure: `${show(ratio)} x`,
    cpu: `${show(mine.cpuUs)} / ${show(other.cpuUs)} µs`,
    ...(least === undefined ? {} : { target: `${least} x`, reached: ratio >= least }),
  };
}

const STDIO = "call over stdio";
const HIT = "call over HTTP, remembered";
const MISS = "call over HTTP, decided anew";
const FLOW = "call over stdio, with store, response rules and obligations";
const SPENT = "the same, and policy reads what was spent";
/** Most that labels, sums and obligations may cost: CPU against the call without them. */
const MOST_FLOW = 1.25;

const BARS: readonly Bar[] = [
  { ours: STDIO, theirs: "mcp-proxy", connections: 1 },
  { ours: STDIO, theirs: "mcp-proxy", connections: 8, least: 0.9 },
  { ours: STDIO, theirs: "mcp-proxy", connections: 32, least: 1 },
  { ours: HIT, theirs: "http.request", connections: 1 },
  { ours: HIT, theirs: "http.request", connections: 8 },
  { ours: HIT, theirs: "http.request", connections: 32, least: 0.5 },
  { ours: HIT, theirs: "undici", connections: 32 },
  { ours: MISS, theirs: "http.request", connections: 32 },
];

function openLine(samples: Samples): Line {
  const mine = medianSample(samples, HIT, 32);
  const other = medianSample(samples, "http.request", 32);
  const added = mine.p50Ms - other.p50Ms;
  return {
    what: "call over HTTP, 300 arrivals/s",
    connections: 32,
    ours: `p50 ${show(mine.p50Ms)} ms, p99 ${show(mine.p99Ms)} ms`,
    against: `http.request p50 ${show(other.p50Ms)} ms, p99 ${show(other.p99Ms)} ms`,
    figure: `${show(added)} ms added`,
    cpu: `${show(mine.cpuUs)} / ${show(other.cpuUs)} µs`,
    target: "under 2 ms",
    reached: added < 2,
  };
}

function flowLine(samples: Samples, ours: string): Line {
  const mine = medianSample(samples, ours, 8);
  const other = medianSample(samples, STDIO, 8);
  const ratio = medianRatio(samples, { ours, theirs: STDIO, member: "cpuUs" }, 8);
  return {
    what: ours,
    connections: 8,
    ours: `${show(mine.rate)}/s, p50 ${show(mine.p50Ms)} ms`,
    against: `${STDIO} ${show(other.rate)}/s`,
    figure: `${show(ratio)} x the CPU`,
    cpu: `${show(mine.cpuUs)} / ${show(other.cpuUs)} µs`,
    target: `at most ${MOST_FLOW} x`,
    reached: ratio <= MOST_FLOW,
  };
}

/** Everything both rows need: the gate in front of stdio and HTTP servers, and what does nothing in their place. */
async function startAll(): Promise<{
  readonly children: readonly Child[];
  readonly peers: (drive: Drive) => readonly Peer[];
  readonly stdio: (drive: Drive) => readonly Peer[];
}> {
  const load = await startAsked<LoadApi>("load/load-process.ts");
  const upstream = await startAsked<EchoHttpApi>("servers/echo-http.ts");
  const httpPort = await upstream.ask("port");
  const gate = await startAsked<NarrowgateApi>("servers/narrowgate.ts", true);
  const servers = [
    { id: "echo" },
    { id: "echo-http", httpPort },
    { id: "echo-http-args", httpPort, args: true },
    { id: "echo-flow", flow: true },
    { id: "echo-spent", flow: true, spent: true },
  ];
  const ready = await gate.ask("setUp", { agents: AGENTS, servers });
  const proxy = await startMcpProxy();
  const http = await startPassThrough("http", httpPort);
  const undici = await startPassThrough("undici", httpPort);
  const parts = { gate, load, ready };
  return {
    children: [load, gate, proxy.child, http.child, undici.child, upstream],
    stdio: (drive) => [
      gatePeer(STDIO, { ...parts, server: "echo" }, drive),
      gatePeer(FLOW, { ...parts, server: "echo-flow" }, drive),
      gatePeer(SPENT, { ...parts, server: "echo-spent" }, drive),
      plainPeer(proxy, load, drive),
    ],
    peers: (drive) => [
      gatePeer(HIT, { ...parts, server: "echo-http" }, drive),
      gatePeer(MISS, { ...parts, server: "echo-http-args" }, drive),
      plainPeer(http, load, drive),
      plainPeer(undici, load, drive),
    ],
  };
}

/** Calls through the gate against proxies that look at nothing: closed loop, then 300 arrivals a second. */
export async function governedCall({ rounds, requests, warmUp }: Scale): Promise<RowResult> {
  const { children, peers, stdio } = await startAll();
  try {
    const all = [...stdio(closed), ...peers(closed)];
    for (const peer of all) await peer.measure(32, warmUp);
    const sizes = [1, 8, 32].map((connections) => ({
      connections,
      count: connections === 1 ? Math.ceil(requests / 2) : requests,
    }));
    const samples = await interleave(all, sizes, rounds);
    const arriving = peers(openAt(300)).filter(({ name }) => name === HIT || name === "http.request");
    const openSamples = await interleave(arriving, [{ connections: 32, count: requests }], rounds);
    const lines = [
      ...BARS.map((bar) => lineOf(samples, bar)),
      openLine(openSamples),
      ...[FLOW, SPENT].map((what) => flowLine(samples, what)),
    ];
    const raw = { closed: Object.fromEntries(samples), open: Object.fromEntries(openSamples) };
    return { row: "governed-call", lines, raw };
  } finally {
    await Promise.all(children.map((child) => child.stop()));
  }
}
