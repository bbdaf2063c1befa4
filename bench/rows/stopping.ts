import { setTimeout } from "node:timers/promises";
import type { CallLoad } from "../load/call-shots.ts";
import type { LoadApi } from "../load/load-process.ts";
import type { MixedRun } from "../load/revoked-calls.ts";
import { type Asked, startAsked } from "../processes/child.ts";
import { type Line, type RowResult, show } from "../results.ts";
import type { Scale } from "../scale.ts";
import type { EchoHttpApi } from "../servers/echo-http.ts";
import type { Done, SignedInstanceApi } from "../servers/signed-instance.ts";
import { lastAcceptedMs, lateCalls, quantile, triedCalls } from "./last-acceptance.ts";

const STOPPED = "agent-0";
const OTHER = "agent-1";
/** Calls of the agent that is stopped, before and after; a key that fails more often is sent away unseen. */
const CALLS = 90;
const CONNECTIONS = 16;
/** Three times the peak that drills have by default; and what half a busy house would bring. */
const RATES = [15, 100];
const TIMES = 40;
const MOST_MS = 5000;

interface Parts {
  readonly gate: Asked<SignedInstanceApi>;
  readonly load: Asked<LoadApi>;
}

type Stopped = Done & { readonly run: MixedRun };

let runs = 0;

async function callsOf({ gate, load }: Parts, agent: string, count: number): Promise<CallLoad> {
  const signer = await gate.ask("enrol", { agent });
  const mandate = await gate.ask("openMandate", { agent });
  const target = await gate.ask("tokenTarget", { server: "echo" });
  const forms = [{ grant_type: "client_credentials", mandate }];
  const [token = ""] = await load.ask("collectTokens", { target, signers: [signer], forms });
  const { port, resource, nonce } = target;
  return {
    port,
    path: "/mcp/echo",
    count,
    run: `stopped ${runs++}`,
    callers: [{ signer, token }],
    url: resource,
    ...(nonce === undefined ? {} : { nonce }),
  };
}

async function stopOnce(parts: Parts, rate: number, stop: "rollBack" | "contain"): Promise<Stopped> {
  const { gate, load } = parts;
  if (stop === "rollBack") await gate.ask("release", { agent: STOPPED });
  const victim = await callsOf(parts, STOPPED, CALLS);
  const others = await callsOf(parts, OTHER, CALLS / 3);
  await load.ask("prepareMixed", { victim, others });
  const running = load.ask("runMixed", { port: victim.port, rate, connections: CONNECTIONS });
  await setTimeout((CALLS * 2000) / (3 * rate));
  const done = await gate.ask(stop, { agent: STOPPED });
  return { ...done, run: await running };
}

function lineOf(what: string, rate: number, all: readonly Stopped[]): Line {
  const took = all.map(({ askedMs, durableMs }) => durableMs - askedMs);
  const last = all.map(lastAcceptedMs);
  const told = (values: readonly number[]): string =>
    `p50 ${show(quantile(values, 0.5))}, p99 ${show(quantile(values, 0.99))}, most ${show(quantile(values, 1))} ms`;
  const sum = (of: (one: Stopped) => number): number => all.reduce((total, one) => total + of(one), 0);
  const late = sum(lateCalls);
  const most = quantile(took, 1);
  return {
    what: `${what}, ${all.length} times beside ${rate} calls/s`,
    connections: CONNECTIONS,
    ours: `asked until done: ${told(took)}`,
    against: `last call that went through: ${told(last)}`,
    figure: `${show(most / 1000)} s at most; ${late} of ${show(sum(triedCalls))} calls after it went through`,
    target: `under ${MOST_MS / 1000} s, none`,
    reached: most < MOST_MS && late === 0,
  };
}

/** Going back to the release before, and containing an agent, while calls go on. */
export async function stopping({ quick }: Scale): Promise<RowResult> {
  const load = await startAsked<LoadApi>("load/load-process.ts");
  const upstream = await startAsked<EchoHttpApi>("servers/echo-http.ts");
  const gate = await startAsked<SignedInstanceApi>("servers/signed-instance.ts", true, ["prod"]);
  const parts = { gate, load };
  try {
    await gate.ask("setUp", { agents: 2, httpPort: await upstream.ask("port") });
    for (const agent of [OTHER, STOPPED]) await gate.ask("release", { agent });
    const lines: Line[] = [];
    const raw: unknown[] = [];
    for (const rate of RATES) {
      for (const stop of ["rollBack", "contain"] as const) {
        const all: Stopped[] = [];
        for (let i = 0; i < (quick ? 3 : TIMES); i++) all.push(await stopOnce(parts, rate, stop));
        lines.push(lineOf(stop === "contain" ? "containment of an agent" : "rollback", rate, all));
        raw.push({
          rate,
          stop,
          all: all.map(({ askedMs, durableMs, run }) => ({
            ms: durableMs - askedMs,
            last: lastAcceptedMs({ askedMs, durableMs, run }),
            accepted: run.accepted.length,
            refused: run.refused.length,
            unrecorded: run.unrecorded.length,
            otherwise: run.otherwise.slice(0, 2),
            othersFailed: run.othersFailed,
          })),
        });
      }
    }
    return { row: "stopping", lines, raw };
  } finally {
    await Promise.all([load, upstream, gate].map((child) => child.stop()));
  }
}
