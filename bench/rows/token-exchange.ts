import type { LoadApi } from "../load/load-process.ts";
import type { Signer } from "../load/sign.ts";
import type { TokenLoad } from "../load/token-shots.ts";
import { type Asked, startAsked } from "../processes/child.ts";
import { type Line, type RowResult, show } from "../results.ts";
import {
  interleave,
  medianRatio,
  medianSample,
  type Peer,
  type Sample,
  type Samples,
  sampleOf,
} from "../rounds.ts";
import type { Scale } from "../scale.ts";
import type { NarrowgateApi, Ready } from "../servers/narrowgate.ts";
import type { OidcProviderApi } from "../servers/oidc-provider.ts";
import type { SignatureFloorApi } from "../servers/signature-floor.ts";
import { exchangeForm, rootTokens } from "./exchange-load.ts";

const AGENTS = 8;

type Load = Asked<LoadApi>;

async function timed(
  load: Load,
  server: Asked<never>,
  made: { readonly name: string; readonly load: TokenLoad },
  connections: number,
): Promise<Sample> {
  await load.ask("prepareTokens", made.load);
  const before = server.cpuMs();
  const run = await load.ask("runClosed", { port: made.load.target.port, connections });
  return sampleOf(made.name, run, server.cpuMs() - before);
}

/** Exchanges whose subject tokens were never seen before (`fresh`), or all the same one for each agent. */
function exchanges(gate: Asked<NarrowgateApi>, load: Load, ready: Ready, fresh: boolean): Peer {
  const name = fresh ? "exchange" : "exchange, token seen before";
  return {
    name,
    async measure(connections, count) {
      const tokens = await rootTokens(gate, load, ready, { count: fresh ? count : AGENTS });
      const target = await gate.ask("tokenTarget", { server: "echo" });
      const forms = Array.from({ length: count }, (_, i) => exchangeForm(tokens[i % tokens.length] ?? ""));
      return timed(load, gate, { name, load: { target, signers: ready.signers, forms } }, connections);
    },
  };
}

async function startProvider(
  load: Load,
  signers: readonly Signer[],
): Promise<{ readonly child: Asked<OidcProviderApi>; readonly peer: Peer }> {
  const child = await startAsked<OidcProviderApi>("servers/oidc-provider.ts", true);
  const target = await child.ask("listen", { clients: signers });
  const name = "oidc-provider";
  const measure: Peer["measure"] = (connections, count) => {
    const form = { grant_type: "client_credentials", scope: "files:read" };
    const forms = Array.from({ length: count }, () => form);
    return timed(load, child, { name, load: { target, signers, forms } }, connections);
  };
  return { child, peer: { name, measure } };
}

function floorPeer(child: Asked<SignatureFloorApi>): Peer {
  return {
    name: "signatures",
    async measure(_connections, count) {
      const before = child.cpuMs();
      const wallMs = await child.ask("run", { count });
      return {
        rate: (count * 1000) / wallMs,
        cpuUs: ((child.cpuMs() - before) * 1000) / count,
        p50Ms: wallMs / count,
        p99Ms: wallMs / count,
      };
    },
  };
}

interface Bar {
  readonly theirs: string;
  readonly connections: number;
  readonly least?: number;
}

function lineOf(samples: Samples, ours: string, { theirs, connections, least }: Bar): Line {
  const mine = medianSample(samples, ours, connections);
  const other = medianSample(samples, theirs, connections);
  const ratio = medianRatio(samples, { ours, theirs }, connections);
  return {
    what: `token ${ours}`,
    connections,
    ours: `${show(mine.rate)}/s, p50 ${show(mine.p50Ms)} ms`,
    against: `${theirs} ${show(other.rate)}/s`,
    figure: `${show(ratio)} x`,
    cpu: `${show(mine.cpuUs)} / ${show(other.cpuUs)} µs`,
    ...(least === undefined ? {} : { target: `${least} x`, reached: ratio >= least }),
  };
}

const BARS: readonly Bar[] = [
  { theirs: "oidc-provider", connections: 1 },
  { theirs: "oidc-provider", connections: 8, least: 2 },
  { theirs: "oidc-provider", connections: 32, least: 2.5 },
  { theirs: "signatures", connections: 1 },
  { theirs: "signatures", connections: 8 },
  { theirs: "signatures", connections: 32, least: 0.5 },
];

/** Token exchange against another token service, and against its own signatures. */
export async function tokenExchange({ rounds, requests, warmUp }: Scale): Promise<RowResult> {
  const load = await startAsked<LoadApi>("load/load-process.ts");
  const gate = await startAsked<NarrowgateApi>("servers/narrowgate.ts", true);
  const floor = await startAsked<SignatureFloorApi>("servers/signature-floor.ts");
  const ready = await gate.ask("setUp", { agents: AGENTS, servers: [{ id: "echo" }] });
  const provider = await startProvider(load, ready.signers);
  try {
    const peers = [
      exchanges(gate, load, ready, true),
      exchanges(gate, load, ready, false),
      provider.peer,
      floorPeer(floor),
    ];
    for (const peer of peers) await peer.measure(32, warmUp);
    const sizes = [1, 8, 32].map((connections) => ({
      connections,
      count: connections === 1 ? Math.ceil(requests / 2) : requests,
    }));
    const samples = await interleave(peers, sizes, rounds);
    const lines = [
      ...BARS.map((bar) => lineOf(samples, "exchange", bar)),
      lineOf(samples, "exchange, token seen before", { theirs: "oidc-provider", connections: 32 }),
    ];
    return { row: "token-exchange", lines, raw: Object.fromEntries(samples) };
  } finally {
    await Promise.all([load, gate, floor, provider.child].map((child) => child.stop()));
  }
}
