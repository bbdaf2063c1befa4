import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { LoadApi } from "../load/load-process.ts";
import { type Asked, startAsked } from "../processes/child.ts";
import { type Line, median, type RowResult, show } from "../results.ts";
import { interleave, medianRatio, medianSample, type Peer } from "../rounds.ts";
import type { Scale } from "../scale.ts";
import type { Evaluated } from "../servers/governed-work.ts";
import type { NarrowgateApi } from "../servers/narrowgate.ts";
import { gatePeer, openAt } from "./call-peers.ts";

const TRANSACTIONS = 1_000_000;
/** Agents that worked, and over how many days. */
const AGENTS = 20;
const DAYS = 29;
const STEP = 5000;
const FURTHER = 1000;
const CALLERS = 4;
const ARRIVALS = 100;
const ALONE = "calls";
const BESIDE = "calls beside evaluations";
const FIRST_S = 300;
/** What the first evaluation of a process may spend on verifying transactions again. */
const REPLAY_S = 5;
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

const SET_UP = { agents: AGENTS, servers: [{ id: "echo" }] };
const DAY_MS = 86_400_000;

/** Writes a month of work, ending now, in steps that each answer in time. @returns milliseconds it took */
async function writeHistory(gate: Gate, total: number, beginsMs: number): Promise<number> {
  await gate.ask("putClock", { ms: beginsMs });
  await gate.ask("register", SET_UP);
  const lengthMs = (DAYS * DAY_MS * STEP) / total;
  let took = 0;
  for (let done = 0; done < total; done += STEP) {
    const from = beginsMs + (DAYS * DAY_MS * done) / total;
    await gate.ask("putClock", { ms: Math.floor(from) });
    const mandates = await gate.ask("openMandates", { agents: AGENTS });
    const count = Math.min(STEP, total - done);
    took += await gate.ask("writeGovernedWork", { mandates, count, from, to: from + lengthMs });
    if (done % 100_000 === 0) process.stderr.write(`  ${show(done)} of ${show(total)} written\n`);
  }
  await gate.ask("putClock", {});
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

/** Calls by a fixed clock, alone and while one evaluation follows the other. */
async function besideCalls(
  gate: Gate,
  { quick, rounds, requests }: Scale,
): Promise<{ line: Line; raw: unknown }> {
  const load = await startAsked<LoadApi>("load/load-process.ts");
  try {
    const ready = await gate.ask("setUp", { ...SET_UP, agents: CALLERS });
    const peer = gatePeer(ALONE, { gate, load, ready, server: "echo" }, openAt(ARRIVALS));
    const ran: (Evaluated & { readonly cpuMs: number })[] = [];
    const beside: Peer = {
      name: BESIDE,
      async measure(connections, count) {
        let isOn = true;
        const evaluating = (async () => {
          while (isOn) ran.push(await evaluate(gate));
        })();
        const sample = await peer.measure(connections, count);
        isOn = false;
        await evaluating;
        return sample;
      },
    };
    await peer.measure(32, quick ? 100 : requests);
    const samples = await interleave([peer, beside], [{ connections: 32, count: requests }], rounds);
    const [mine, other] = [BESIDE, ALONE].map((name) => medianSample(samples, name, 32));
    const delay = median(ran.map(({ delayP99Ms }) => delayP99Ms));
    const longest = Math.max(...ran.map(({ stalledMs }) => stalledMs));
    const line = {
      what: `controls: ${ARRIVALS} calls a second beside ${ran.length} evaluations, one after the other`,
      connections: 32,
      ours: `p50 ${show(mine?.p50Ms ?? Number.NaN)} ms, p99 ${show(mine?.p99Ms ?? Number.NaN)} ms; the event loop waits ${show(delay)} ms (p99), ${show(longest)} ms at most`,
      against: `without: p50 ${show(other?.p50Ms ?? Number.NaN)} ms, p99 ${show(other?.p99Ms ?? Number.NaN)} ms`,
      figure: `${show(medianRatio(samples, { ours: BESIDE, theirs: ALONE, member: "p50Ms" }, 32))} x the median`,
    };
    return { line, raw: { samples: Object.fromEntries(samples), evaluations: ran } };
  } finally {
    await load.stop();
  }
}

/** All controls over the record of agents: the first time, and after a little more of it. */
export async function controlsOverLog(scale: Scale): Promise<RowResult> {
  const { quick, rounds, kept } = scale;
  const total = quick ? TRANSACTIONS / 100 : TRANSACTIONS;
  const beginsMs = Date.now() - DAYS * DAY_MS;
  const args = kept === undefined ? [mkdtempSync(join(tmpdir(), "narrowgate-bench-"))] : [kept];
  const gate = await startAsked<NarrowgateApi>("servers/narrowgate.ts", true, [...args, String(beginsMs)]);
  try {
    const isWritten = (await gate.ask("leaves")) > total;
    const writingMs = isWritten ? 0 : await writeHistory(gate, total, beginsMs);
    const first = await evaluate(gate);
    const least = Math.floor(total / AGENTS);
    if (first.completed < least * 0.9) throw new RangeError("not all of what was written was counted");
    const further: (Evaluated & { readonly cpuMs: number })[] = [];
    for (let round = 0; round < rounds; round++) {
      const mandates = await gate.ask("openMandates", { agents: AGENTS });
      await gate.ask("writeGovernedWork", { mandates, count: FURTHER });
      further.push(await evaluate(gate));
    }
    const middle = median(further.map(({ wallMs }) => wallMs));
    const next = further.find(({ wallMs }) => wallMs === middle) ?? further[0] ?? first;
    const lines: Line[] = [
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
    const { line, raw: beside } = await besideCalls(gate, scale);
    const reopened = await gate.ask("restart", { revoked: 0 });
    const again = await evaluate(gate);
    lines.push(line, {
      ...lineOf("controls: first evaluation after a restart", again, NEXT_S + REPLAY_S),
      against: `opened in ${show(reopened.openMs / 1000)} s`,
    });
    return { row: "controls", lines, raw: { writingMs, first, further, memory, beside, again } };
  } finally {
    await gate.stop();
    if (kept === undefined) for (const path of args) rmSync(path, { recursive: true, force: true });
  }
}
