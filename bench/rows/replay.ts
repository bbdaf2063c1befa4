import type { LoadApi } from "../load/load-process.ts";
import type { Signer } from "../load/sign.ts";
import { type Asked, startAsked } from "../processes/child.ts";
import { median, type RowResult, show } from "../results.ts";
import type { Scale } from "../scale.ts";
import type { EchoHttpApi } from "../servers/echo-http.ts";
import type { SignedInstanceApi } from "../servers/signed-instance.ts";
import type { Replayed, VerifierApi } from "../servers/verifier.ts";

const AGENTS = 40;
/** Transactions of each agent, and calls in each. */
const TASKS = 5;
const CALLS = 10;
/** Replaying may cost this many times as much as verifying alone: noise is of that order. */
const MOST = 1.15;

interface Parts {
  readonly gate: Asked<SignedInstanceApi>;
  readonly load: Asked<LoadApi>;
}

const names = Array.from({ length: AGENTS }, (_, i) => `agent-${i}`);

/** One task for each agent, with calls through the gate. @returns the transactions */
async function work({ gate, load }: Parts, signers: readonly Signer[]): Promise<readonly string[]> {
  const mandates: string[] = [];
  for (const agent of names) mandates.push(await gate.ask("openMandate", { agent }));
  const target = await gate.ask("tokenTarget", { server: "echo" });
  const forms = mandates.map((mandate) => ({ grant_type: "client_credentials", mandate }));
  const tokens = await load.ask("collectTokens", { target, signers, forms });
  const { port, resource, nonce } = target;
  await load.ask("prepareCalls", {
    port,
    path: "/mcp/echo",
    count: AGENTS * CALLS,
    run: `replay ${mandates[0]}`,
    callers: signers.map((signer, i) => ({ signer, token: tokens[i] ?? "" })),
    url: resource,
    ...(nonce === undefined ? {} : { nonce }),
  });
  const { failed, firstFault } = await load.ask("runClosed", { port, connections: 8 });
  if (failed > 0) throw new Error(`calls failed: ${firstFault}`);
  return Promise.all(mandates.map((mandate) => gate.ask("transactionOf", { mandate })));
}

/** Every transaction of a log told again, against verifying the same bundles and no more. */
export async function replay({ quick, rounds }: Scale): Promise<RowResult> {
  const load = await startAsked<LoadApi>("load/load-process.ts");
  const upstream = await startAsked<EchoHttpApi>("servers/echo-http.ts");
  const gate = await startAsked<SignedInstanceApi>("servers/signed-instance.ts", true);
  const verifier = await startAsked<VerifierApi>("servers/verifier.ts", true);
  try {
    await gate.ask("setUp", { agents: AGENTS, httpPort: await upstream.ask("port") });
    const signers: Signer[] = [];
    for (const agent of names) signers.push(await gate.ask("enrol", { agent }));
    const parts = { gate, load };
    const txns: string[] = [];
    for (let task = 0; task < (quick ? 1 : TASKS); task++) txns.push(...(await work(parts, signers)));
    const before = gate.cpuMs();
    for (const txn of txns) await verifier.ask("take", await gate.ask("bundleOf", { txn }));
    const exportUs = ((gate.cpuMs() - before) * 1000) / txns.length;
    await verifier.ask("replayAll", { isTold: true });
    const told: Replayed[] = [];
    const plain: Replayed[] = [];
    for (let round = 0; round < rounds; round++) {
      const order = round % 2 === 0 ? [true, false] : [false, true];
      for (const isTold of order) (isTold ? told : plain).push(await verifier.ask("replayAll", { isTold }));
    }
    const [{ decisions } = { decisions: 0 }] = plain;
    const ratio = median(told.map(({ cpuMs }, i) => cpuMs / (plain[i]?.cpuMs ?? Number.NaN)));
    const rate = (runs: readonly Replayed[]): string =>
      show((txns.length * 1000) / median(runs.map(({ wallMs }) => wallMs)));
    const cpuUs = (runs: readonly Replayed[]): string =>
      show((median(runs.map(({ cpuMs }) => cpuMs)) * 1000) / txns.length);
    const line = {
      what: `replay of all ${txns.length} transactions of a log, ${show(decisions)} decisions`,
      ours: `${rate(told)} transactions/s; writing a bundle ${show(exportUs)} µs CPU`,
      against: `verifying the same bundles ${rate(plain)}/s`,
      figure: `${show(ratio)} x the CPU`,
      cpu: `${cpuUs(told)} / ${cpuUs(plain)} µs a transaction`,
      target: `verification speed (at most ${MOST} x)`,
      reached: ratio <= MOST,
    };
    return { row: "replay", lines: [line], raw: { told, plain, exportUs, transactions: txns.length } };
  } finally {
    await Promise.all([load, upstream, gate, verifier].map((child) => child.stop()));
  }
}
