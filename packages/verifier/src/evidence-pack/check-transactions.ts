import { parseProofBundle, transactionName } from "@narrowgate/contracts";
import { fromUtf8 } from "@narrowgate/kernel";
import type { VerifyOptions } from "../evidence.ts";
import type { Report } from "../report.ts";
import { verifyBundle } from "../verify-bundle.ts";
import type { CheckedPopulation } from "./check-population.ts";
import { headOf, isSameHead, type ReleasePart } from "./check-release-part.ts";
import type { ArchiveReader } from "./read-archive.ts";
import { refuse } from "./refuse.ts";

/** What the bundles came to. */
export interface CheckedTransactions {
  readonly verified: number;
  /** Bundles of transactions that had not ended. */
  readonly open: number;
  readonly decisions: Report["decisions"];
  /** Lines of their stories by standing. */
  readonly counts: Report["counts"];
  readonly notes: readonly string[];
}

/** Told after each bundle that was verified. */
export type OnVerified = (done: number, of: number) => void;

function checkHead(bytes: Uint8Array, { head }: ReleasePart, name: string): void {
  // It was verified, so its form is that of a bundle.
  const { checkpoint, earlier } = parseProofBundle(JSON.parse(fromUtf8(bytes)));
  const own = headOf(checkpoint);
  if (own.size === head.size && !isSameHead(own, head)) refuse("K-10", `${name} is of a fork of the log`);
  const heads = [own, ...earlier.map((one) => headOf(one.checkpoint))];
  if (!heads.some((one) => isSameHead(one, head)))
    refuse("K-10", `nothing shows that ${name} is of the log under the head of the pack`);
}

function addDecisions(sum: Report["decisions"], more: Report["decisions"]): Report["decisions"] {
  return {
    recomputed: sum.recomputed + more.recomputed,
    refusedBeforePolicy: sum.refusedBeforePolicy + more.refusedBeforePolicy,
    notRecomputed: sum.notRecomputed + more.notRecomputed,
  };
}

function addCounts(sum: Report["counts"], more: Report["counts"]): Report["counts"] {
  return {
    proven: sum.proven + more.proven,
    signed: sum.signed + more.signed,
    claimed: sum.claimed + more.claimed,
    erased: sum.erased + more.erased,
    missing: sum.missing + more.missing,
  };
}

const nothing: CheckedTransactions = {
  verified: 0,
  open: 0,
  decisions: { recomputed: 0, refusedBeforePolicy: 0, notRecomputed: 0 },
  counts: { proven: 0, signed: 0, claimed: 0, erased: 0, missing: 0 },
  notes: [],
};

function counted(sum: CheckedTransactions, report: Report): CheckedTransactions {
  return {
    verified: sum.verified + 1,
    open: sum.open + (report.verdict === "open" ? 1 : 0),
    decisions: addDecisions(sum.decisions, report.decisions),
    counts: addCounts(sum.counts, report.counts),
    notes: [...new Set([...sum.notes, ...report.notes])].slice(0, 50),
  };
}

/** Verifies the bundle of each transaction that has to be there. @throws PackRefusal K-2, K-10, and what a bundle breaks */
export async function checkTransactions(
  files: ArchiveReader,
  [part, { selection }]: readonly [ReleasePart, CheckedPopulation],
  { options, onVerified }: { readonly options: VerifyOptions; readonly onVerified: OnVerified },
): Promise<CheckedTransactions> {
  const wanted = [...selection.sensitive, ...selection.sampled];
  let sum = nothing;
  for (const [i, txn] of wanted.entries()) {
    const name = transactionName(i + 1);
    const bytes = await files.take(name);
    const report = await verifyBundle(bytes, options);
    const [failure] = report.failures;
    if (failure !== undefined) refuse(failure.rule, `${name}: ${failure.message}`);
    if (report.txn !== txn) refuse("K-10", `${name} is not the transaction that has to be there`);
    checkHead(bytes, part, name);
    sum = counted(sum, report);
    onVerified(i + 1, wanted.length);
  }
  return sum;
}
