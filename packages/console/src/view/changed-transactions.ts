import type { ChangedDecision, DecidedOutcome } from "@narrowgate/contracts";

/** A way in which decisions of a transaction would be others. */
export interface WayOfChange {
  readonly before: string;
  readonly after: string;
  /** Policies that would decide. */
  readonly by: string;
}

/** A transaction some decision of which would be another. */
export interface TransactionChange {
  /** Empty for decisions that belong to none. */
  readonly txn: string;
  /** Of the newest of these decisions, in Unix milliseconds. */
  readonly lastMs: number;
  readonly decisions: number;
  /** Each once. */
  readonly ways: readonly WayOfChange[];
}

function said(outcome: ChangedDecision["after"]): string {
  if ("failed" in outcome) return `cannot be asked: ${outcome.failed}`;
  const { verdict, code, requires }: DecidedOutcome = outcome;
  const what = code ?? verdict;
  return requires.length === 0 ? what : `${what} (${requires.join(", ")})`;
}

function wayOf({ before, after }: ChangedDecision): WayOfChange {
  return {
    before: said(before),
    after: said(after),
    by: "failed" in after ? "" : after.policies.join(", "),
  };
}

/** Changed decisions by transaction, that with the newest of them first. */
export function changedTransactions(changes: readonly ChangedDecision[]): readonly TransactionChange[] {
  const byTxn = Map.groupBy(changes, ({ txn }) => txn);
  const rows = [...byTxn].map(([txn, own]) => {
    const ways = new Map(own.map(wayOf).map((way) => [JSON.stringify(way), way]));
    const lastMs = Math.max(...own.map(({ atMs }) => atMs));
    return { txn, lastMs, decisions: own.length, ways: [...ways.values()] };
  });
  return rows.sort((a, b) => b.lastMs - a.lastMs);
}
