import { type ProofBundle, parseProofBundle } from "@narrowgate/contracts";
import { parseStrictJson } from "@narrowgate/kernel";
import type { PolicyEngine } from "@narrowgate/policy";
import { recordSupportCase, type SupportCase, sealBundle } from "@narrowgate/testkit/bundle";
import type { ServedTransaction } from "@narrowgate/testkit/pages";

/** A recorded support case, ready to be served. */
export interface SampleTransaction extends ServedTransaction {
  readonly recorded: SupportCase;
}

/** Records a support case with real keys, proofs and policies, and says of it what a server would list. */
export async function sampleTransaction(engine: PolicyEngine): Promise<SampleTransaction> {
  const recorded = recordSupportCase(engine);
  const bundle = await recorded.log.export(recorded.txn);
  const summary = {
    id: recorded.txn,
    subject: "https://idp.example#ana",
    agents: ["orchestrator", "triage"],
    purpose: "answer ticket 7",
    state: "closed",
    permits: 2,
    refusals: 3,
    lastActivityMs: 1_795_000_000_210,
  } as const;
  return { recorded, summary, bundle };
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
