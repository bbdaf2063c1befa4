import { type Asked, startAsked } from "../processes/child.ts";
import { type RowResult, show } from "../results.ts";
import type { Scale } from "../scale.ts";
import type { Judged, WhatIfApi } from "../servers/what-if.ts";

const POLICIES = 500;
const CORES = 2;
const SECONDS = 180;
const STEP = 10_000;

/** Judges a share in steps that each answer in time. @returns the last counts, and all the time it took */
async function judgeShare(judge: Asked<WhatIfApi>, from: number, share: number): Promise<Judged> {
  let last: Judged | undefined;
  let [wallMs, generatingMs, cpuMs] = [0, 0, 0];
  for (let done = 0; done < share; done += STEP) {
    last = await judge.ask("judge", { from: from + done, count: Math.min(STEP, share - done) });
    wallMs += last.wallMs;
    generatingMs += last.generatingMs;
    cpuMs += last.cpuMs;
  }
  if (last === undefined) throw new RangeError("nothing to judge");
  return { ...last, wallMs, generatingMs, cpuMs };
}

/**
 * Recorded decisions made again under a candidate: a million of them, generated the same way each time, as the pages of the
 * admin API hold them. Reading a page is part of it, writing it is not.
 */
export async function whatIf({ quick }: Scale): Promise<RowResult> {
  const total = quick ? 20_000 : 1_000_000;
  const share = total / CORES;
  const judges = await Promise.all(
    Array.from({ length: CORES }, () => startAsked<WhatIfApi>("servers/what-if.ts", true)),
  );
  try {
    await Promise.all(judges.map((judge) => judge.ask("prepare", { policies: POLICIES })));
    const runs = await Promise.all(judges.map((judge, i) => judgeShare(judge, i * share, share)));
    const cpuMs = runs.reduce((sum, run) => sum + run.cpuMs, 0);
    const seconds = Math.max(...runs.map((run) => run.wallMs - run.generatingMs)) / 1000;
    const distinct = runs.reduce((sum, run) => sum + run.distinct, 0);
    const changed = runs.reduce((sum, run) => sum + run.changed, 0);
    const line = {
      what: `what-if over ${show(total)} recorded decisions, ${POLICIES} policies, ${CORES} processes`,
      ours: `${show(distinct)} distinct, ${show(changed)} would change`,
      against: "",
      figure: `${show(seconds)} s`,
      cpu: `${show((cpuMs * 1000) / total)} µs`,
      target: `${show(SECONDS * (total / 1_000_000))} s`,
      reached: seconds <= SECONDS * (total / 1_000_000),
    };
    return { row: "what-if", lines: [line], raw: { runs, cpuMs } };
  } finally {
    for (const judge of judges) await judge.stop();
  }
}
