/** An instance in which operators sign all they ask for: evidence that verifies, and releases to be taken back. */
import type { JsonWebKey } from "node:crypto";
import type { TrustFile } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import { textAt } from "../../packages/cli/src/admin/read-answer.ts";
import { ownTrust } from "../../packages/server/src/compose/own-trust.ts";
import { buildBundle } from "../../packages/server/src/evidence/export/export-transaction.ts";
import { freePort } from "../../test/scenarios/harness/free-port.ts";
import { applyByTwo, approvePins, enrolOperators } from "../../test/scenarios/harness/operators.ts";
import { type SoftwareSigners, signInSoftware } from "../../test/scenarios/harness/software-signers.ts";
import { startInstance } from "../../test/scenarios/harness/test-instance.ts";
import { sharedMs } from "../load/drive.ts";
import type { Signer } from "../load/sign.ts";
import type { TokenTarget } from "../load/token-shots.ts";
import { answerParent } from "../processes/answer-parent.ts";
import { enrolSigner, openMandate } from "./instance.ts";
import { registryOf } from "./registry.ts";

const POLICIES = '@id("all") @reason("all") permit (principal, action, resource);';
/** What is measured is going back, not what it takes to come here. */
const PROFILE: JsonObject = {
  format: "narrowgate-gate-profile/1",
  name: "bench",
  version: 1,
  controls: [],
  drills: [],
};

const port = await freePort();
const approvals = { origin: `http://localhost:${port}`, listen: { host: "127.0.0.1", port } };
const gate = await startInstance({
  environment: process.argv[2] === "prod" ? "prod" : "dev",
  config: { approvals, gate_profile: PROFILE, token_life_seconds: 900 },
});
const operators = await enrolOperators(gate);
const signers: SoftwareSigners = new Map();
let released = 0;

/** When something was asked for and when the answer was there, by a clock that all processes share. */
export interface Done {
  readonly askedMs: number;
  readonly durableMs: number;
}

async function timed(path: string): Promise<Done> {
  const askedMs = sharedMs();
  await operators.first.send("POST", path, { reason: "measured" });
  return { askedMs, durableMs: sharedMs() };
}

const api = {
  /** Registers agents that may call `echo` at an HTTP server. */
  async setUp({ agents, httpPort }: { readonly agents: number; readonly httpPort: number }): Promise<void> {
    const names = Array.from({ length: agents }, (_, i) => `agent-${i}`);
    await applyByTwo(operators, registryOf(names, [{ id: "echo", httpPort }]), POLICIES);
    await approvePins(operators, "echo");
  },
  /** Proposes a release that differs from all before, has it signed by four, and brings it into force. */
  async release({ agent }: { readonly agent: string }): Promise<void> {
    const stated = { attested: [], declared: { model: `model ${released++}` } };
    const proposed = await operators.first.send("POST", "/releases", { agent, ...stated });
    await signInSoftware({ gate, operators }, textAt(proposed, "url"), signers);
    await operators.first.send("POST", `/releases/${textAt(proposed, "id")}/promote`, {});
  },
  enrol: ({ agent }: { readonly agent: string }): Promise<Signer> => enrolSigner(gate, agent),
  openMandate: ({ agent }: { readonly agent: string }): Promise<string> =>
    openMandate(gate.instance(), agent),
  tokenTarget({ server }: { readonly server: string }): TokenTarget {
    const { sts, custody } = gate.instance();
    const jwks = custody.tokenKeys().map(({ jwk }): JsonWebKey => ({ ...jwk }));
    const { issuer } = gate;
    const resource = `${issuer}/mcp/${server}`;
    return {
      port: Number(new URL(issuer).port),
      issuer,
      path: "/token",
      resource,
      nonce: sts.proofs.nonce(),
      jwks,
    };
  },
  transactionOf: ({ mandate }: { readonly mandate: string }): string =>
    gate.instance().mandates.mandate(mandate)?.txn ?? "",
  /** The proof bundle of a transaction, and what this instance trusts. */
  async bundleOf({ txn }: { readonly txn: string }): Promise<{ bytes: Uint8Array; trust: TrustFile }> {
    const instance = gate.instance();
    const { bytes } = await buildBundle(instance.evidence, txn);
    return { bytes, trust: ownTrust(instance, instance.registry) };
  },
  /** Takes the release in force back to the one before. */
  rollBack: ({ agent }: { readonly agent: string }): Promise<Done> => timed(`/agents/${agent}/rollback`),
  /** Ends all work of an agent and of whoever works for it, and lets it begin anew. */
  async contain({ agent }: { readonly agent: string }): Promise<Done> {
    const done = await timed(`/contain/${agent}`);
    await operators.first.send("POST", `/agents/${agent}/activate`, { reason: "measured" });
    return done;
  },
};

/** What the instance can be asked. */
export type SignedInstanceApi = typeof api;
answerParent(api, () => gate.close());
