import type { AppendFigures } from "../evidence-append.ts";
import { runOnce } from "../processes/child.ts";
import { type Line, median, type RowResult, show } from "../results.ts";
import type { Scale } from "../scale.ts";

const LEAST_SPEED = 0.7;
const LEAST_RATE = 10_000;

function lineOf(runs: readonly (readonly AppendFigures[])[], batch: number): Line {
  const found = runs.flatMap((run) => run.filter((figures) => figures.batch === batch));
  const of = (figure: (each: AppendFigures) => number): number => median(found.map(figure));
  const rate = 1e6 / of(({ appendUs }) => appendUs);
  const ratio = of(({ appendUs, sumUs }) => sumUs / appendUs);
  const isBar = batch === 100;
  return {
    what: `evidence append, batches of ${batch}`,
    ours: `${show(rate)} entries/s`,
    against: `sum of parts ${show(1e6 / of(({ sumUs }) => sumUs))}/s`,
    figure: `${show(ratio)} x`,
    cpu: `${show(of(({ cpuUs }) => cpuUs))} µs`,
    target: isBar ? `${LEAST_SPEED} x, ${show(LEAST_RATE)}/s` : `${LEAST_SPEED} x`,
    reached: ratio >= LEAST_SPEED && (!isBar || rate >= LEAST_RATE),
  };
}

/** Appending to the log against canonicalising, sealing, hashing, inserting and syncing measured bare. */
export async function evidenceAppend({ rounds, requests }: Scale): Promise<RowResult> {
  const runs: AppendFigures[][] = [];
  for (let round = 0; round < Math.ceil(rounds / 2); round++)
    runs.push(await runOnce<AppendFigures[]>("evidence-append.ts", [String(requests * 6)]));
  return { row: "evidence-append", lines: [1, 10, 100].map((batch) => lineOf(runs, batch)), raw: runs };
}
