import type { CallLoad } from "../load/call-shots.ts";
import type { RunResult } from "../load/drive.ts";
import type { LoadApi } from "../load/load-process.ts";
import type { Asked, Child } from "../processes/child.ts";
import { type Peer, type Sample, sampleOf } from "../rounds.ts";
import type { NarrowgateApi, Ready } from "../servers/narrowgate.ts";

/** The load generator. */
export type Load = Asked<LoadApi>;
/** Whom the calls go to, and by whom. */
export type Where = Omit<CallLoad, "count" | "run">;
/** How requests are sent. */
export type Drive = (load: Load, port: number, connections: number) => Promise<RunResult>;

/** Each connection sends its next request when its last was answered. */
export const closed: Drive = (load, port, connections) => load.ask("runClosed", { port, connections });
/** So many arrivals a second, whether or not the ones before were answered. */
export const openAt =
  (rate: number): Drive =>
  (load, port, connections) =>
    load.ask("runOpen", { port, connections, rate });

let runs = 0;

async function timed(
  load: Load,
  server: Child,
  what: { readonly name: string; readonly where: Where; readonly count: number; readonly drive: Drive },
  connections: number,
): Promise<Sample> {
  const { name, where, count, drive } = what;
  await load.ask("prepareCalls", { ...where, count, run: `${runs++}` });
  const before = server.cpuMs();
  const run = await drive(load, where.port, connections);
  return sampleOf(name, run, server.cpuMs() - before);
}

/** Calls through the gate; a new token for each caller before each measurement. */
export function gatePeer(
  name: string,
  parts: {
    readonly gate: Asked<NarrowgateApi>;
    readonly load: Load;
    readonly ready: Ready;
    readonly server: string;
  },
  drive: Drive,
): Peer {
  const { gate, load, ready, server } = parts;
  return {
    name,
    async measure(connections, count) {
      const target = await gate.ask("tokenTarget", { server });
      const forms = ready.mandates.map((mandate) => ({ grant_type: "client_credentials", mandate }));
      const tokens = await load.ask("collectTokens", { target, signers: ready.signers, forms });
      const callers = ready.signers.map((signer, i) => ({ signer, token: tokens[i] ?? "" }));
      const where = {
        port: target.port,
        path: `/mcp/${server}`,
        callers,
        url: target.resource,
        ...(target.nonce === undefined ? {} : { nonce: target.nonce }),
      };
      return timed(load, gate, { name, where, count, drive }, connections);
    },
  };
}

/** A proxy that asks nobody who they are. */
export interface Plain {
  readonly name: string;
  readonly child: Child;
  readonly where: Where;
}

/** Calls through a proxy. */
export function plainPeer({ name, child, where }: Plain, load: Load, drive: Drive): Peer {
  return {
    name,
    measure: (connections, count) => timed(load, child, { name, where, count, drive }, connections),
  };
}
