import type { TrustFile } from "@narrowgate/contracts";
import type { PolicyEngine } from "@narrowgate/policy";
import { type Report, verifyBundle } from "@narrowgate/verifier";
import { nodeCrypto } from "@narrowgate/verifier/node";

/** What the offline verifier says of a transaction. */
export interface VerifiedTransaction {
  readonly decisions: number;
  /** Decisions that lack a piece, so that nothing can be said of them. */
  readonly missing: number;
  readonly failed: readonly { readonly entry: string; readonly says: string }[];
}

function readReport({ decisions, failures }: Report, txn: string): VerifiedTransaction {
  const { recomputed, refusedBeforePolicy, notRecomputed } = decisions;
  const failed = failures.map(({ rule, entry, message }) => ({
    entry: entry ?? txn,
    says: `${rule}: ${message}`.slice(0, 1024),
  }));
  return { decisions: recomputed + refusedBeforePolicy + notRecomputed, missing: notRecomputed, failed };
}

/** Runs the offline verifier over the bundle of a transaction. */
export async function verifyTransaction(
  engine: PolicyEngine,
  { txn, bytes, trust }: { readonly txn: string; readonly bytes: Uint8Array; readonly trust: TrustFile },
): Promise<VerifiedTransaction> {
  return readReport(await verifyBundle(bytes, { trust, crypto: nodeCrypto(), engine }), txn);
}
