import type { TrustFile } from "@narrowgate/contracts";
import { createNodeEngine } from "@narrowgate/policy/node";
import { formatVerifierKey } from "@narrowgate/tlog";
import { type Report, verifyBundle } from "@narrowgate/verifier";
import { nodeCrypto } from "@narrowgate/verifier/node";
import { logVerifierKey } from "../../../packages/server/src/evidence/checkpoints.ts";
import { exportTransaction } from "../../../packages/server/src/evidence/export/export-transaction.ts";
import type { TestInstance } from "./test-instance.ts";

/** A transaction's bundle, and a trust file with the log of `gate` and nobody else. */
export interface Exported {
  readonly bytes: Uint8Array;
  readonly trust: TrustFile;
}

/** Exports a transaction, with all that is in the log by now. */
export async function exportedWithTrust(gate: TestInstance, txn: string): Promise<Exported> {
  const { evidence, custody } = gate.instance();
  const { origin } = evidence.identity;
  const { approvals } = gate.config;
  await evidence.flush();
  const bytes = await exportTransaction(evidence, txn, {
    auditor: "A".repeat(22),
    request: "signed.by.test",
  });
  const key = formatVerifierKey(logVerifierKey(origin, custody.log));
  const trust = {
    format: "narrowgate-trust/1",
    logs: [{ origin, key, size: 0, root: Buffer.alloc(32).toString("base64url") }],
    witnesses: { keys: [], threshold: 0 },
    issuers: [],
    procedures: [createNodeEngine().procedureDigest],
    ...(approvals === undefined ? {} : { approvals: { origin: approvals.origin, rp_id: approvals.rpId } }),
  } as const;
  return { bytes, trust };
}

/** The report on a transaction's bundle under that trust. */
export async function verifiedExport(gate: TestInstance, txn: string): Promise<Report> {
  const { bytes, trust } = await exportedWithTrust(gate, txn);
  return verifyBundle(bytes, { trust, crypto: nodeCrypto(), engine: createNodeEngine() });
}

/** Rules that fail. The registry of this harness is changed without an operator's signature, which says nothing. */
export function failedRules({ failures }: Report): readonly string[] {
  return failures.filter(({ rule }) => rule !== "E-27").map(({ rule, message }) => `${rule} ${message}`);
}
