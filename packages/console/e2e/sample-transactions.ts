import { type ProofBundle, parseProofBundle } from "@narrowgate/contracts";
import { parseStrictJson } from "@narrowgate/kernel";
import {
  type CaseOptions,
  recordSupportCase,
  type SupportCase,
  sealBundle,
} from "@narrowgate/testkit/bundle";
import { type ServedTransaction, servedTransaction } from "@narrowgate/testkit/pages";
import { type PolicyEngine, type Report, verifyBundle } from "@narrowgate/verifier";
import { nodeCrypto } from "@narrowgate/verifier/node";

/** A recorded support case, ready to be served. */
export interface SampleTransaction extends ServedTransaction {
  readonly recorded: SupportCase;
  /** What the verifier says of the bundle outside the browser, without a trust file. */
  readonly report: Report;
  /** Calls alone; the summary counts every decision. */
  readonly calls: { readonly permitted: number; readonly refused: number };
}

function countCalls(bytes: Uint8Array): SampleTransaction["calls"] {
  const verdicts = parseBundle(bytes).entries.flatMap(({ leaf }) =>
    leaf.type === "decision" && leaf.body.action === "call" ? [leaf.body.verdict] : [],
  );
  const permitted = verdicts.filter((verdict) => verdict === "permit").length;
  return { permitted, refused: verdicts.length - permitted };
}

function parseBundle(bytes: Uint8Array): ProofBundle {
  return parseProofBundle(parseStrictJson(bytes.subarray(0, -1), { maxBytes: 64 * 1024 * 1024 }));
}

/** Records a support case with real keys, proofs and policies. */
export async function sampleTransaction(
  engine: PolicyEngine,
  options: CaseOptions = {},
): Promise<SampleTransaction> {
  const recorded = recordSupportCase(engine, options);
  const served = servedTransaction(await recorded.log.export(recorded.txn));
  const report = await verifyBundle(served.bundle, { crypto: nodeCrypto(), engine });
  return { recorded, report, calls: countCalls(served.bundle), ...served };
}

/** The bundle with one decision turned round, sealed again: what somebody without any key can do. */
export function tamperedBundle(bytes: Uint8Array): Uint8Array {
  const { seal: _, ...bundle } = parseBundle(bytes);
  return sealBundle({ ...bundle, entries: bundle.entries.map(turnedRound) });
}

function turnedRound(entry: ProofBundle["entries"][number]): ProofBundle["entries"][number] {
  const { leaf } = entry;
  if (leaf.type !== "decision" || leaf.body.code !== "policy_denied") return entry;
  const { code: _, ...body } = leaf.body;
  return { ...entry, leaf: { ...leaf, body: { ...body, verdict: "permit" } } };
}
