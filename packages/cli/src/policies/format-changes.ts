import type { JsonObject } from "@narrowgate/kernel";
import type { DecisionChange, JudgedCounts } from "@narrowgate/verifier";
import { cleanText } from "../terminal/clean-text.ts";
import { formatTable } from "../terminal/format-table.ts";
import { formatTime } from "../terminal/format-time.ts";

function said(outcome: DecisionChange["before"] | DecisionChange["after"]): string {
  if ("failed" in outcome) return `cannot be asked: ${outcome.failed}`;
  const { verdict, code, requires } = outcome;
  const what = code ?? verdict;
  return requires.length === 0 ? what : `${what} (${requires.join(", ")})`;
}

function by(outcome: DecisionChange["after"]): string {
  return "failed" in outcome ? "" : outcome.policies.join(", ");
}

/**
 * The changed decisions, newest last, and how many there were.
 * @param forbidden - how many each overlay forbade, by the id of its leaf
 */
export function changeLines(
  changes: readonly DecisionChange[],
  counts: JudgedCounts,
  forbidden: ReadonlyMap<string, number> = new Map(),
): readonly string[] {
  const decided = changes.filter(({ after }) => !("failed" in after));
  const transactions = new Set(decided.map(({ txn }) => txn)).size;
  const unasked = changes.length - decided.length;
  const rows = changes.map((change) => [
    formatTime(change.atMs),
    change.txn,
    said(change.before),
    said(change.after),
    by(change.after),
  ]);
  return [
    ...(rows.length === 0 ? [] : formatTable(["TIME", "TRANSACTION", "WAS", "WOULD BE", "BY"], rows)),
    `${counts.judged} decision(s), ${counts.distinct} of them distinct: ${decided.length} would change, in ${transactions} transaction(s)`,
    ...(unasked === 0 ? [] : [`${unasked} could not be asked; the rows say why`]),
    ...(counts.beforePolicy === 0
      ? []
      : [`${counts.beforePolicy} were refused before any policy was asked, and would be again`]),
    ...[...forbidden].map(
      ([id, count]) => `${count} were forbidden by overlay ${id}, which no policies lift`,
    ),
  ].map((line) => cleanText(line));
}

/** The same for programs. */
export function changesJson(
  changes: readonly DecisionChange[],
  counts: JudgedCounts,
  forbidden: ReadonlyMap<string, number> = new Map(),
): JsonObject {
  return {
    counts: { ...counts },
    ...(forbidden.size === 0 ? {} : { forbidden: Object.fromEntries(forbidden) }),
    changes: changes.map(({ id, txn, atMs, before, after }) => ({
      decision: id,
      txn,
      at_ms: atMs,
      before: { ...before },
      after: { ...after },
    })),
  };
}
