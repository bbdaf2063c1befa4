import type { LoadApi } from "../load/load-process.ts";
import { type Asked, startAsked } from "../processes/child.ts";
import { type Line, median, type RowResult, show } from "../results.ts";
import type { Scale } from "../scale.ts";
import type { NarrowgateApi, Ready } from "../servers/narrowgate.ts";
import { exchangeForm, measureExchanges, prepareExchanges } from "./exchange-load.ts";

const AGENTS = 8;
const TREES = [1, 1000, 100_000];
const TIMES = 9;
const REVOKED = 1_000_000;
/** "Flat": the largest tree takes at most this many times as long as the smallest; noise is of that order. */
const FLAT = 2;

interface Parts {
  readonly gate: Asked<NarrowgateApi>;
  readonly load: Asked<LoadApi>;
  readonly probe: Asked<LoadApi>;
  readonly ready: Ready;
}

interface Measured {
  readonly descendants: number;
  readonly ms: readonly number[];
  readonly before: string;
  readonly after: string;
}

/** What one exchange with a token comes to. */
async function answerTo({ gate, probe, ready }: Parts, token: string, by: number): Promise<string> {
  const target = await gate.ask("tokenTarget", { server: "echo" });
  const signers = ready.signers.slice(by, by + 1);
  await probe.ask("prepareTokens", { target, signers, forms: [exchangeForm(token)] });
  return probe.ask("firstAnswer", { port: target.port });
}

/**
 * Revokes a mandate with so many tokens below it while others exchange, and asks with one of those tokens at once.
 * Revoking again measures the same write on the same tree.
 */
async function revokeTree(parts: Parts, descendants: number, by: number): Promise<Measured> {
  const { gate, load, probe, ready } = parts;
  const mandate = ready.mandates[by] ?? "";
  const target = await gate.ask("tokenTarget", { server: "echo" });
  const form = { grant_type: "client_credentials", mandate };
  const signers = ready.signers.slice(by, by + 1);
  const [token = ""] = await probe.ask("collectTokens", { target, signers, forms: [form] });
  await gate.ask("writeTokens", { mandate, count: descendants });
  const others = { signers: ready.signers.slice(TREES.length), mandates: ready.mandates.slice(TREES.length) };
  const port = await prepareExchanges(gate, load, others, 600);
  const before = await answerTo(parts, token, by);
  const running = load.ask("runClosed", { port, connections: 8 });
  const ms: number[] = [];
  let after = "";
  for (let i = 0; i < TIMES; i++) {
    ms.push(await gate.ask("revoke", { kind: "mandate", id: mandate }));
    if (i === 0) after = await answerTo(parts, token, by);
  }
  const { failed, firstFault } = await running;
  if (failed > 0) throw new Error(`exchanges beside a revocation failed: ${firstFault}`);
  return { descendants, ms, before, after };
}

function treeLine(measured: Measured, smallest: Measured): Line {
  const { descendants, ms, before, after } = measured;
  const ratio = median(ms) / median(smallest.ms);
  const refused = before === "granted" && after === "revoked";
  return {
    what: `revocation with ${show(descendants)} live descendants, under load`,
    connections: 8,
    ours: `durable after ${show(median(ms))} ms`,
    against: "with one descendant",
    figure: `${show(ratio)} x; first request after it ${refused ? "refused" : `${before} then ${after}`}`,
    target: `flat (at most ${FLAT} x), refused`,
    reached: ratio <= FLAT && refused,
  };
}

/** Revoking small and large trees, and starting again with a million revoked ids. */
export async function revocation({ quick, warmUp }: Scale): Promise<RowResult> {
  const load = await startAsked<LoadApi>("load/load-process.ts");
  const probe = await startAsked<LoadApi>("load/load-process.ts");
  const gate = await startAsked<NarrowgateApi>("servers/narrowgate.ts");
  try {
    const ready = await gate.ask("setUp", { agents: AGENTS, servers: [{ id: "echo" }] });
    const parts = { gate, load, probe, ready };
    await measureExchanges(gate, load, ready, warmUp);
    const trees: Measured[] = [];
    for (const [by, size] of TREES.entries())
      trees.push(await revokeTree(parts, quick ? Math.max(1, size / 10) : size, by));
    const [smallest] = trees;
    const lines = smallest === undefined ? [] : trees.map((tree) => treeLine(tree, smallest));
    const target = await gate.ask("tokenTarget", { server: "echo" });
    const [token = ""] = await probe.ask("collectTokens", {
      target,
      signers: ready.signers.slice(3, 4),
      forms: [{ grant_type: "client_credentials", mandate: ready.mandates[3] ?? "" }],
    });
    await gate.ask("revoke", { kind: "mandate", id: ready.mandates[3] ?? "" });
    const without = await gate.ask("restart", { revoked: 0 });
    const held = await gate.ask("memory");
    const loaded = await gate.ask("restart", { revoked: quick ? REVOKED / 10 : REVOKED });
    const memory = (await gate.ask("memory")).heap - held.heap;
    const answered = await answerTo(parts, token, 3);
    lines.push({
      what: `restart with ${show(loaded.count)} revoked ids`,
      ours: `open after ${show(loaded.openMs)} ms, ${show(memory / 1e6)} MB more`,
      against: `without them ${show(without.openMs)} ms`,
      figure: `first request: ${answered}`,
      target: "reloaded before the first request",
      reached: answered === "revoked",
    });
    return { row: "revocation", lines, raw: { trees, without, loaded, memory } };
  } finally {
    await Promise.all([load, probe, gate].map((child) => child.stop()));
  }
}
