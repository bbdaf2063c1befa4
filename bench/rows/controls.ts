import { setTimeout } from "node:timers/promises";
import { type Asked, startAsked } from "../processes/child.ts";
import { type Line, median, type RowResult, show } from "../results.ts";
import type { Scale } from "../scale.ts";
import type { Evaluated } from "../servers/governed-work.ts";
import type { NarrowgateApi } from "../servers/narrowgate.ts";

const TRANSACTIONS = 1_000_000;
const STEP = 10_000;
const FURTHER = 1000;
const FIRST_S = 300;
const NEXT_S = 1;
const POLL_MS = 100;

type Gate = Asked<NarrowgateApi>;

async function evaluate(gate: Gate): Promise<Evaluated & { readonly cpuMs: number }> {
  const before = gate.cpuMs();
  await gate.ask("beginEvaluation", { agent: "agent-0" });
  for (;;) {
    await setTimeout(POLL_MS);
    const done = await gate.ask("evaluation");
    if (done !== undefined) return { ...done, cpuMs: gate.cpuMs() - before };
  }
}

async function write(gate: Gate, mandate: string, count: number): Promise<number> {
  let took = 0;
  for (let done = 0; done < count; done += STEP)
    took += await gate.ask("writeGovernedWork", { mandate, count: Math.min(STEP, count - done) });
  return took;
}

function lineOf(what: string, ran: Evaluated & { readonly cpuMs: number }, seconds: number): Line {
  return {
    what,
    ours: `${show(ran.leaves)} leaves, ${ran.passes} controls pass, stalled ${show(ran.stalledMs)} ms`,
    against: "",
    figure: `${show(ran.wallMs / 1000)} s`,
    target: `${show(seconds)} s`,
    reached: ran.wallMs / 1000 <= seconds,
  };
}

/** All controls over the record of an agent: the first time, and after a little more of it. */
export async function controlsOverLog({ quick, rounds }: Scale): Promise<RowResult> {
  const total = quick ? TRANSACTIONS / 100 : TRANSACTIONS;
  const gate = await startAsked<NarrowgateApi>("servers/narrowgate.ts", true);
  try {
    const ready = await gate.ask("setUp", { agents: 1, servers: [{ id: "echo" }] });
    const mandate = ready.mandates[0] ?? "";
    const writingMs = await write(gate, mandate, total);
    const first = await evaluate(gate);
    if (first.completed < total) throw new RangeError("not all of what was written was counted");
    const further: (Evaluated & { readonly cpuMs: number })[] = [];
    for (let round = 0; round < rounds; round++) {
      await write(gate, mandate, FURTHER);
      further.push(await evaluate(gate));
    }
    const middle = median(further.map(({ wallMs }) => wallMs));
    const next = further.find(({ wallMs }) => wallMs === middle) ?? further[0] ?? first;
    const lines = [
      {
        ...lineOf(
          `controls: first evaluation over ${show(total)} transactions`,
          first,
          (FIRST_S * total) / TRANSACTIONS,
        ),
        cpu: `${show((first.cpuMs * 1000) / first.leaves)} µs a leaf`,
      },
      lineOf(`controls: evaluation after ${show(FURTHER)} more`, next, NEXT_S),
    ];
    const memory = await gate.ask("memory");
    return { row: "controls", lines, raw: { writingMs, first, further, memory } };
  } finally {
    await gate.stop();
  }
}
