import type { LoadApi } from "../load/load-process.ts";
import type { Asked } from "../processes/child.ts";
import { type Sample, sampleOf } from "../rounds.ts";
import type { NarrowgateApi, Ready } from "../servers/narrowgate.ts";

const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";

/** Form of an exchange that goes on from a token. */
export const exchangeForm = (token: string): Readonly<Record<string, string>> => ({
  grant_type: EXCHANGE,
  subject_token: token,
  subject_token_type: ACCESS_TOKEN,
});

/** Root tokens under the mandates in turn, each for the agent of its mandate. */
export async function rootTokens(
  gate: Asked<NarrowgateApi>,
  load: Asked<LoadApi>,
  { signers, mandates }: Ready,
  { count, server = "echo" }: { readonly count: number; readonly server?: string },
): Promise<readonly string[]> {
  const target = await gate.ask("tokenTarget", { server });
  const forms = Array.from({ length: count }, (_, i) => ({
    grant_type: "client_credentials",
    mandate: mandates[i % mandates.length] ?? "",
  }));
  return load.ask("collectTokens", { target, signers, forms });
}

/** Signs exchanges, each of a token of its own. @returns port of the gate */
export async function prepareExchanges(
  gate: Asked<NarrowgateApi>,
  load: Asked<LoadApi>,
  ready: Ready,
  count: number,
): Promise<number> {
  const tokens = await rootTokens(gate, load, ready, { count });
  const target = await gate.ask("tokenTarget", { server: "echo" });
  await load.ask("prepareTokens", { target, signers: ready.signers, forms: tokens.map(exchangeForm) });
  return target.port;
}

/** Measures exchanges at eight connections. */
export async function measureExchanges(
  gate: Asked<NarrowgateApi>,
  load: Asked<LoadApi>,
  ready: Ready,
  count: number,
): Promise<Sample> {
  const port = await prepareExchanges(gate, load, ready, count);
  const before = gate.cpuMs();
  const run = await load.ask("runClosed", { port, connections: 8 });
  return sampleOf("exchange", run, gate.cpuMs() - before);
}

/** Measures calls of the tool at eight connections. */
export async function measureCalls(
  gate: Asked<NarrowgateApi>,
  load: Asked<LoadApi>,
  ready: Ready,
  count: number,
): Promise<Sample> {
  const tokens = await rootTokens(gate, load, ready, { count: ready.mandates.length });
  const { port, resource, nonce } = await gate.ask("tokenTarget", { server: "echo" });
  await load.ask("prepareCalls", {
    port,
    path: "/mcp/echo",
    count,
    run: `at ${performance.now()}`,
    callers: ready.signers.map((signer, i) => ({ signer, token: tokens[i] ?? "" })),
    url: resource,
    ...(nonce === undefined ? {} : { nonce }),
  });
  const before = gate.cpuMs();
  const run = await load.ask("runClosed", { port, connections: 8 });
  return sampleOf("call", run, gate.cpuMs() - before);
}
