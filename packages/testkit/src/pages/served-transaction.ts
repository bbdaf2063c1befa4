import { parseProofBundle, type TransactionSummary } from "@narrowgate/contracts";
import { parseStrictJson } from "@narrowgate/kernel";
import { summariseTransaction } from "@narrowgate/server/pages";

/** A transaction that the server lists, and the bundle it gives out for it. */
export interface ServedTransaction {
  readonly summary: TransactionSummary;
  readonly bundle: Uint8Array;
}

/** A bundle, with the summary that the server would make of its leaves. */
export function servedTransaction(bundle: Uint8Array): ServedTransaction {
  const value = parseStrictJson(bundle.subarray(0, -1), { maxBytes: 64 * 1024 * 1024 });
  const { txn = "", entries } = parseProofBundle(value);
  const own = entries.filter(({ leaf }) => leaf.txn?.id === txn);
  const leaves = own.map(({ leaf, openings = {} }) => ({ leaf, openings }));
  return { summary: summariseTransaction(txn, leaves), bundle };
}
