import { startAsked } from "../processes/child.ts";
import { type Line, median, type RowResult, show } from "../results.ts";
import type { Scale } from "../scale.ts";
import type { VerifierApi } from "../servers/verifier.ts";

const POLICIES = 500;
const SIGNATURES = 1000;

/** Verifying a whole bundle, and within it deciding again; distinct requests, then all the same. */
export async function offlineVerification({ rounds, requests }: Scale): Promise<RowResult> {
  const verifier = await startAsked<VerifierApi>("servers/verifier.ts", true);
  try {
    const lines: Line[] = [];
    const raw: Record<string, unknown> = {};
    for (const distinct of [true, false]) {
      const calls = requests * 4;
      const bytes = await verifier.ask("prepare", { calls, distinct, policies: POLICIES });
      await verifier.ask("verify");
      const runs = [];
      const floors: number[] = [];
      for (let round = 0; round < rounds; round++) {
        floors.push(await verifier.ask("signatures", { count: SIGNATURES }));
        const before = verifier.cpuMs();
        const run = await verifier.ask("verify");
        runs.push({ ...run, cpuMs: verifier.cpuMs() - before });
      }
      const { recomputed } = runs[0] ?? { recomputed: 0 };
      const whole = (recomputed * 1000) / median(runs.map(({ wallMs }) => wallMs));
      const deciding = (recomputed * 1000) / median(runs.map(({ timings }) => timings["decisions"] ?? 0));
      const cpuUs = (median(runs.map(({ cpuMs }) => cpuMs)) * 1000) / recomputed;
      const least = distinct ? 2000 : 5000;
      lines.push({
        what: `offline verification, ${POLICIES} policies, ${distinct ? "distinct" : "identical"} decisions`,
        ours: `${show(recomputed)} decisions, ${show(bytes / 1e6)} MB`,
        against: `deciding alone ${show(deciding)}/s; one signature each, bare ${show(median(floors))}/s`,
        figure: `${show(whole)} decisions/s`,
        cpu: `${show(cpuUs)} µs`,
        target: `${show(least)}/s`,
        reached: whole >= least,
      });
      raw[distinct ? "distinct" : "identical"] = { runs, floors };
    }
    return { row: "offline-verification", lines, raw };
  } finally {
    await verifier.stop();
  }
}
