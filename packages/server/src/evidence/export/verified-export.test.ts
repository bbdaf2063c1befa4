import type { TrustFile } from "@narrowgate/contracts";
import { randomId } from "@narrowgate/kernel";
import { compilePolicies, schemaFromRegistry } from "@narrowgate/policy";
import { createNodeEngine } from "@narrowgate/policy/node";
import { formatVerifierKey } from "@narrowgate/tlog";
import { verifyBundle } from "@narrowgate/verifier";
import { nodeCrypto } from "@narrowgate/verifier/node";
import { describe, expect, it } from "vitest";
import { logForEachTest } from "../../../test/evidence/log-for-each-test.ts";
import { sha256Base64url } from "../../platform/crypto-hash/sha256.ts";
import { logVerifierKey } from "../checkpoints.ts";
import { newInstance, PROCEDURE } from "../fixtures/instance.ts";
import { exportTransaction } from "./export-transaction.ts";

const log = logForEachTest();

const auditor = { auditor: randomId(), request: "signed by the auditor" };
const engine = createNodeEngine();
const files = [
  {
    name: "all.cedar",
    text: `@id("none") @reason("nothing is allowed") forbid(principal, action, resource);`,
  },
];
const { schema } = schemaFromRegistry({
  tools: [{ server: "files", name: "read", inputSchema: { type: "object" } }],
});
const compiled = compilePolicies(engine, { files, schema });

/** A transaction of refusals before policy: what the log alone must prove, without tokens. */
async function refusedTransaction(operator = randomId()): Promise<string> {
  const { evidence } = log;
  const agent = randomId();
  const policy = compiled.kind === "rejected" ? "" : compiled.policies.digest;
  await evidence.record([
    {
      type: "operator",
      body: { action: "enrolled", operator, jkt: sha256Base64url("key") },
      content: { name: "Ada" },
    },
    {
      type: "policy",
      body: { digest: policy, procedure: PROCEDURE, operator },
      content: { bundle: { files, schema } },
    },
    {
      type: "registry",
      agent,
      body: { action: "created", kind: "agent", ref: agent, version: 1, operator },
      content: { document: { id: "reader" } },
    },
  ]).durable;
  const txn = evidence.openTransaction();
  const body = {
    action: "call",
    verdict: "refuse",
    code: "invalid_token",
    policy,
    procedure: PROCEDURE,
    feed: 0,
  };
  for (let i = 0; i < 300; i++) {
    evidence.record([
      { type: "decision", txn, agent, body, proof: { htm: "POST" }, content: { reason: `try ${i}` } },
    ]);
  }
  await evidence.record([{ type: "closing", txn, body: { entries: 300 } }]).durable;
  return txn;
}

function trust(size = 0, root = ""): TrustFile {
  const { origin } = log.evidence.identity;
  const key = formatVerifierKey(logVerifierKey(origin, log.instance.custody.log));
  return {
    format: "narrowgate-trust/1",
    logs: [{ origin, key, size, root: root === "" ? sha256Base64url("") : root }],
    witnesses: { keys: [], threshold: 0 },
    issuers: [],
    procedures: [PROCEDURE],
  };
}

async function verify(
  bytes: Uint8Array,
  file: TrustFile,
): Promise<{ verdict: string; failures: readonly unknown[] }> {
  const { verdict, failures } = await verifyBundle(bytes, { trust: file, crypto: nodeCrypto(), engine });
  return { verdict, failures };
}

describe("the offline verifier, of what is exported", () => {
  it("finds it sound under the log's key", async () => {
    const bytes = await exportTransaction(log.evidence, await refusedTransaction(), auditor);
    expect(await verify(bytes, trust())).toEqual({ verdict: "verified, unwitnessed", failures: [] });
  });

  it("finds it sound when parts were erased", async () => {
    const operator = randomId();
    const txn = await refusedTransaction(operator);
    const order = { txn, parts: ["content"] as const, rule: "retention.90d", operator };
    await (await log.evidence.erase(order)).durable;
    const bytes = await exportTransaction(log.evidence, txn, auditor);
    expect(await verify(bytes, trust())).toEqual({ verdict: "verified, unwitnessed", failures: [] });
  });

  it("refuses it under another log's key, and when it is older than the head known", async () => {
    const bytes = await exportTransaction(log.evidence, await refusedTransaction(), auditor);
    const other = await newInstance();
    const [trusted] = trust().logs;
    const key = formatVerifierKey(logVerifierKey(log.evidence.identity.origin, other.custody.log));
    const forged = { ...trust(), logs: trusted === undefined ? [] : [{ ...trusted, key }] };
    expect((await verify(bytes, forged)).verdict).toBe("failed");
    expect((await verify(bytes, trust(10_000_000))).verdict).toBe("failed");
    await other.remove();
  });
});
