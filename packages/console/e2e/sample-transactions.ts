import { type ProofBundle, parseProofBundle } from "@narrowgate/contracts";
import { parseStrictJson } from "@narrowgate/kernel";
import { recordSupportCase, type SupportCase, sealBundle } from "@narrowgate/testkit/bundle";
import { type ServedTransaction, servedTransaction } from "@narrowgate/testkit/pages";
import type { PolicyEngine } from "@narrowgate/verifier";

/** A recorded support case, ready to be served. */
export interface SampleTransaction extends ServedTransaction {
  readonly recorded: SupportCase;
}

/** Records a support case with real keys, proofs and policies. */
export async function sampleTransaction(engine: PolicyEngine): Promise<SampleTransaction> {
  const recorded = recordSupportCase(engine);
  return { recorded, ...servedTransaction(await recorded.log.export(recorded.txn)) };
}

/** The bundle with one decision turned round, sealed again: what somebody without any key can do. */
export function tamperedBundle(bytes: Uint8Array): Uint8Array {
  const value = parseStrictJson(bytes.subarray(0, -1), { maxBytes: 64 * 1024 * 1024 });
  const { seal: _, ...bundle } = parseProofBundle(value);
  return sealBundle({ ...bundle, entries: bundle.entries.map(turnedRound) });
}

function turnedRound(entry: ProofBundle["entries"][number]): ProofBundle["entries"][number] {
  const { leaf } = entry;
  if (leaf.type !== "decision" || leaf.body.code !== "policy_denied") return entry;
  const { code: _, ...body } = leaf.body;
  return { ...entry, leaf: { ...leaf, body: { ...body, verdict: "permit" } } };
}
