/** Narrowgate under load: a real instance in a process of its own, everything on. */

import type { JsonWebKey } from "node:crypto";
import { randomBytes } from "node:crypto";
import type { Signer } from "../load/sign.ts";
import type { TokenTarget } from "../load/token-shots.ts";
import { answerParent } from "../processes/answer-parent.ts";
import { enrolSigner, makeInstance, openMandate, pinServer } from "./instance.ts";
import { type BenchServer, policiesOf, registryOf } from "./registry.ts";

const bench = await makeInstance();
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

const api = {
  async setUp({ agents, servers }: SetUp): Promise<Ready> {
    const names = Array.from({ length: agents }, (_, i) => `agent-${i}`);
    const document = registryOf(names, servers);
    await bench.apply(document);
    for (const { id } of servers) await pinServer(bench.instance(), id);
    await bench.apply(document, policiesOf(servers));
    const signers: Signer[] = [];
    const mandates: string[] = [];
    for (const name of names) {
      signers.push(await enrolSigner(bench, name));
      mandates.push(await openMandate(bench.instance(), name));
    }
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
  memory: (): number => process.memoryUsage().rss,
  /** Revokes, and says how long it took from the request until it was durable. */
  async revoke(what: { readonly kind: "mandate" | "token"; readonly id: string }): Promise<number> {
    const started = performance.now();
    await bench.instance().containment.revoke({ ...what, by: "system", reason: "measured" });
    return performance.now() - started;
  },
  /** Writes token leaves under a mandate, as exchanges would, without the exchanges. */
  async writeTokens({ mandate, count }: { readonly mandate: string; readonly count: number }): Promise<void> {
    const { mandates, registry, evidence } = bench.instance();
    const found = mandates.mandate(mandate);
    const agent = registry.agent(found?.document.agent ?? "");
    if (found === undefined || agent === undefined) throw new RangeError("no such mandate");
    const digest = (): string => randomBytes(32).toString("base64url");
    for (let done = 0; done < count; done += 1000) {
      const drafts = Array.from({ length: Math.min(1000, count - done) }, () => ({
        type: "token" as const,
        txn: found.txn,
        agent: agent.ref,
        body: {
          decision: randomBytes(16).toString("base64url"),
          token: digest(),
          digest: digest(),
          mode: "continuation",
          jkt: digest(),
          expires_s: Math.floor(Date.now() / 1000) + 900,
          epochs: [[`mandate:${mandate}`, 0]],
        },
      }));
      await evidence.record(drafts).durable;
    }
  },
};

process.on("SIGTERM", () => {
  bench
    .close()
    .finally(() => bench.remove())
    .then(() => process.exit(0))
    .catch(() => process.exit(1));
});

/** What the instance can be asked. */
export type NarrowgateApi = typeof api;
answerParent(api);
