/** Narrowgate under load: a real instance in a process of its own, everything on. */

import type { JsonWebKey } from "node:crypto";
import { somebody } from "../../test/scenarios/harness/browser.ts";
import { sharedMs } from "../load/drive.ts";
import type { Signer } from "../load/sign.ts";
import type { TokenTarget } from "../load/token-shots.ts";
import { answerParent } from "../processes/answer-parent.ts";
import { addRevokedIds, writeTokenLeaves, writeTransactions } from "./bulk-records.ts";
import { type Evaluated, evaluateAgent, type Work, writeGovernedWork } from "./governed-work.ts";
import { enrolSigner, makeInstance, openMandate, pinServer } from "./instance.ts";
import { agentOf, type BenchServer, policiesOf, registryOf } from "./registry.ts";

const AGENTS_AT_ONCE = 5000;

// A folder that is kept, and when its log begins.
const [kept, beginsMs] = process.argv.slice(2);
const bench = await makeInstance(kept, beginsMs === undefined ? undefined : Number(beginsMs));
await bench.open();

/** What is registered: agents `agent-0` and on, and servers with a tool `echo`. */
export interface SetUp {
  readonly agents: number;
  readonly servers: readonly BenchServer[];
}

/** Who may ask, and under which mandates. */
export interface Ready {
  readonly signers: readonly Signer[];
  readonly mandates: readonly string[];
}

let evaluated: Evaluated | undefined;
let failed: unknown;

const nameOf = (i: number): string => `agent-${i}`;

/** Registers agents and servers, and opens a mandate for each agent. @returns the mandates */
async function register({ agents, servers }: SetUp): Promise<readonly string[]> {
  const names = Array.from({ length: agents }, (_, i) => nameOf(i));
  const document = registryOf(names, servers);
  await bench.apply(document);
  for (const { id } of servers) await pinServer(bench.instance(), id);
  await bench.apply(document, policiesOf(servers));
  return openMandates({ agents });
}

async function openMandates({ agents }: Pick<SetUp, "agents">): Promise<readonly string[]> {
  const mandates: string[] = [];
  for (let i = 0; i < agents; i++) mandates.push(await openMandate(bench.instance(), nameOf(i)));
  return mandates;
}

const api = {
  async setUp({ agents, servers }: SetUp): Promise<Ready> {
    const mandates = await register({ agents, servers });
    const signers: Signer[] = [];
    for (let i = 0; i < agents; i++) signers.push(await enrolSigner(bench, nameOf(i)));
    return { signers, mandates };
  },
  /** The token service as a target, with the nonce of this moment. */
  tokenTarget({ server }: { readonly server: string }): TokenTarget {
    const { sts, custody } = bench.instance();
    const jwks = custody.tokenKeys().map(({ jwk }): JsonWebKey => ({ ...jwk }));
    const { issuer, port } = bench;
    return {
      port,
      issuer,
      path: "/token",
      resource: `${issuer}/mcp/${server}`,
      nonce: sts.proofs.nonce(),
      jwks,
    };
  },
  /** Entries and commits so far: what a run wrote. */
  written(): { readonly entries: number; readonly commits: number } {
    const { evidence } = bench.instance();
    return { entries: evidence.durable.size, commits: evidence.counts().commits };
  },
  /** Calls that wait for people. */
  waiting: (): number => bench.instance().approvals?.list().length ?? 0,
  /** Bytes held after a collection, and of the whole process. */
  memory(): { readonly heap: number; readonly rss: number } {
    globalThis.gc?.();
    const { heapUsed, rss, arrayBuffers } = process.memoryUsage();
    return { heap: heapUsed + arrayBuffers, rss };
  },
  /** Revokes, and says how long it took from the request until it was durable. */
  async revoke(what: { readonly kind: "mandate" | "token"; readonly id: string }): Promise<number> {
    const started = performance.now();
    await bench.instance().containment.revoke({ ...what, by: "system", reason: "measured" });
    return performance.now() - started;
  },
  /** Revokes. @returns when it was asked for and when it was durable, by a clock that all processes share, milliseconds */
  async revokeTimed(what: {
    readonly kind: "mandate" | "all";
    readonly id: string;
  }): Promise<{ readonly askedMs: number; readonly durableMs: number }> {
    const askedMs = sharedMs();
    await bench.instance().containment.revoke({ ...what, by: "system", reason: "measured" });
    return { askedMs, durableMs: sharedMs() };
  },
  /** Opens a mandate for one agent. @returns its id */
  openMandateOf: ({ agent }: { readonly agent: number }): Promise<string> =>
    openMandate(bench.instance(), nameOf(agent)),
  writeTokens: ({ mandate, count }: { readonly mandate: string; readonly count: number }): Promise<void> =>
    writeTokenLeaves(bench.instance(), mandate, count),
  /** Writes transactions. @returns milliseconds */
  async writeTransactions({
    mandate,
    count,
  }: {
    readonly mandate: string;
    readonly count: number;
  }): Promise<number> {
    const started = performance.now();
    await writeTransactions(bench.instance(), mandate, count);
    return performance.now() - started;
  },
  /** Size of the log. */
  leaves: (): number => bench.instance().evidence.durable.size,
  /** Puts the clock of the instance to an instant, or back to the machine's. */
  putClock: ({ ms }: { readonly ms?: number }): void => bench.clock.put(ms),
  register,
  openMandates,
  /** Writes transactions of governed calls. @returns milliseconds */
  async writeGovernedWork(what: Work): Promise<number> {
    const started = performance.now();
    await writeGovernedWork(bench.instance(), what, bench.clock.put);
    return performance.now() - started;
  },
  /** Begins an evaluation of all controls, which may take longer than a question may. */
  beginEvaluation({ agent }: { readonly agent: string }): void {
    evaluated = undefined;
    failed = undefined;
    evaluateAgent(bench.instance(), agent).then(
      (result) => {
        evaluated = result;
      },
      (cause: unknown) => {
        failed = cause;
      },
    );
  },
  /** What it took; undefined while it goes on. */
  evaluation(): Evaluated | undefined {
    if (failed !== undefined) throw failed;
    return evaluated;
  },
  /** Id of the transaction of a mandate. */
  transactionOf: ({ mandate }: { readonly mandate: string }): string =>
    bench.instance().mandates.mandate(mandate)?.txn ?? "",
  /** Enrols somebody who may read evidence, and signs them in. @returns the cookies of their session */
  async signInReader(): Promise<string> {
    const { browser } = await somebody(bench, "reader", ["auditor", "approver"]);
    return browser.cookies("/");
  },
  /** Registers further agents. @returns milliseconds */
  async addAgents({ from, to }: { readonly from: number; readonly to: number }): Promise<number> {
    const started = performance.now();
    for (let at = from; at < to; at += AGENTS_AT_ONCE) {
      const count = Math.min(AGENTS_AT_ONCE, to - at);
      const agents = Array.from({ length: count }, (_, i) => agentOf(`bulk-${at + i}`, [{ id: "echo" }]));
      await bench.apply({ agents });
    }
    return performance.now() - started;
  },
  /** Ends the instance, puts revocations into its store, and starts it. */
  async restart({
    revoked,
  }: {
    readonly revoked: number;
  }): Promise<{ readonly openMs: number; readonly count: number }> {
    await bench.close();
    if (revoked > 0) await addRevokedIds(bench.config, revoked);
    const started = performance.now();
    await bench.open();
    return { openMs: performance.now() - started, count: bench.instance().containment.revokedCount() };
  },
};

/** What the instance can be asked. */
export type NarrowgateApi = typeof api;
answerParent(api, () => bench.close().finally(() => bench.remove()));
