import type { LoadApi } from "../load/load-process.ts";
import { startAsked } from "../processes/child.ts";
import { type Line, median, type RowResult, show } from "../results.ts";
import type { Sample } from "../rounds.ts";
import type { Scale } from "../scale.ts";
import type { NarrowgateApi } from "../servers/narrowgate.ts";
import { measureCalls, measureExchanges } from "./exchange-load.ts";

const AGENTS = 8;
const SIZES = [1000, 10_000, 100_000];
const LEAVES = 1_000_000;
/** Log n from 10^3 to 10^5 is 5/3; with what noise adds. */
const MOST = 2;

interface Grown {
  readonly what: string;
  readonly exchange: readonly Sample[];
  readonly call: readonly Sample[];
  readonly memory: { readonly heap: number; readonly rss: number };
}

const cpuOf = (samples: readonly Sample[]): number => median(samples.map(({ cpuUs }) => cpuUs));

function lineOf(grown: Grown, first: Grown): Line {
  const ratios = [cpuOf(grown.exchange) / cpuOf(first.exchange), cpuOf(grown.call) / cpuOf(first.call)];
  const largest = Math.max(...ratios);
  const { heap, rss } = grown.memory;
  return {
    what: `growth: ${grown.what}`,
    connections: 8,
    ours: `${show(heap / 1e6)} MB held, ${show(rss / 1e6)} MB in all`,
    against: `CPU with ${first.what}`,
    figure: `exchange ${show(ratios[0] ?? Number.NaN)} x, call ${show(ratios[1] ?? Number.NaN)} x`,
    cpu: `exchange ${show(cpuOf(grown.exchange))}, call ${show(cpuOf(grown.call))} µs`,
    target: `log n (at most ${MOST} x)`,
    reached: largest <= MOST,
  };
}

/** What an exchange and a call cost as the registry and the log grow. */
export async function growth({ quick, rounds, requests, warmUp }: Scale): Promise<RowResult> {
  const load = await startAsked<LoadApi>("load/load-process.ts");
  const gate = await startAsked<NarrowgateApi>("servers/narrowgate.ts");
  try {
    const ready = await gate.ask("setUp", { agents: AGENTS, servers: [{ id: "echo" }] });
    await measureExchanges(gate, load, ready, warmUp);
    await measureCalls(gate, load, ready, warmUp);
    const measure = async (what: string): Promise<Grown> => {
      const exchange: Sample[] = [];
      const call: Sample[] = [];
      for (let round = 0; round < Math.ceil(rounds / 2); round++) {
        exchange.push(await measureExchanges(gate, load, ready, Math.ceil(requests / 2)));
        call.push(await measureCalls(gate, load, ready, Math.ceil(requests / 2)));
      }
      return { what, exchange, call, memory: await gate.ask("memory") };
    };
    const steps: Grown[] = [];
    let registered = AGENTS;
    for (const size of quick ? SIZES.map((each) => each / 10) : SIZES) {
      await gate.ask("addAgents", { from: registered, to: size });
      registered = size;
      steps.push(await measure(`${show(size)} agents`));
    }
    const leaves = quick ? LEAVES / 10 : LEAVES;
    for (let written = 0; written < leaves; written += leaves / 10)
      await gate.ask("writeTokens", { mandate: ready.mandates[0] ?? "", count: leaves / 10 });
    steps.push(await measure(`and ${show(leaves)} tokens on record`));
    const [first] = steps;
    return {
      row: "growth",
      lines: first === undefined ? [] : steps.map((step) => lineOf(step, first)),
      raw: steps,
    };
  } finally {
    await Promise.all([load, gate].map((child) => child.stop()));
  }
}
