import type { ChainLink } from "@narrowgate/contracts";
import type { Entry, Evidence } from "../evidence.ts";
import type { Findings } from "../findings.ts";

interface Last {
  readonly seq: number;
  readonly hash: string;
}

/** Follows one kind of chain. `gapless`: every leaf of it is here, from 0 on. */
function follow(
  findings: Findings,
  entries: readonly Entry[],
  linkOf: (entry: Entry) => ChainLink | undefined,
  gapless: (id: string) => boolean,
): void {
  const last = new Map<string, Last>();
  for (const entry of entries) {
    const link = linkOf(entry);
    if (link === undefined) continue;
    const fault = linkFault(link, last.get(link.id), gapless(link.id));
    if (fault !== undefined) findings.fail(fault.rule, fault.message, entry.leaf.id);
    last.set(link.id, { seq: link.seq, hash: entry.hashText });
  }
}

function linkFault(
  link: ChainLink,
  before: Last | undefined,
  gapless: boolean,
): { rule: string; message: string } | undefined {
  const expected = before === undefined ? 0 : before.seq + 1;
  if (gapless && link.seq !== expected) {
    return { rule: "E-22", message: `leaf ${expected} of the transaction is not in the bundle` };
  }
  if (before === undefined) return undefined;
  if (link.seq <= before.seq) return { rule: "E-3", message: "a chain runs backwards" };
  if (link.seq === expected && link.prev !== before.hash) {
    return { rule: "E-3", message: "a chain names another leaf as the one before" };
  }
  return undefined;
}

function checkHome({ entries }: Evidence, findings: Findings, txn: string): void {
  if (txn.split(".")[0] !== entries[0]?.leaf.writer.id)
    findings.fail("E-5", "the transaction has another home writer");
  if (!entries.some(({ leaf }) => leaf.txn?.id === txn)) findings.fail("E-22", "the transaction has no leaf");
}

/**
 * Checks the chains: the transaction without a gap from 0, writer and agents wherever neighbours are in the bundle;
 * one writer, no id twice.
 * @see docs/spec/evidence.md E-3, E-5, E-22
 */
export function checkChains(evidence: Evidence, findings: Findings): void {
  const { entries, bundle } = evidence;
  const writer = entries[0]?.leaf.writer.id;
  const seen = new Set<string>();
  for (const { leaf } of entries) {
    if (leaf.writer.id !== writer) findings.fail("E-3", "the leaf is of another writer", leaf.id);
    if (seen.has(leaf.id)) findings.fail("E-3", "two leaves have one id", leaf.id);
    seen.add(leaf.id);
  }
  if (bundle.txn !== undefined) checkHome(evidence, findings, bundle.txn);
  const never = (): boolean => false;
  follow(findings, entries, ({ leaf }) => leaf.writer, never);
  follow(
    findings,
    entries,
    ({ leaf }) => leaf.txn,
    (id) => id === bundle.txn,
  );
  follow(findings, entries, ({ leaf }) => leaf.agent, never);
}
