import { parseLeafBytes } from "@narrowgate/contracts";
import type { Store } from "../platform/store/store.ts";

/** Entries of an agent that are looked through, newest first: one busy transaction must not cost more. */
const MAX_WALK = 500;

/**
 * Ids of the transactions an agent took part in last, newest first. Nothing sealed is opened.
 * Trust: the caller has authenticated an auditor and records the reading (E-2).
 * @param ref - the agent's; @param limit - at most so many. @throws `malformed_input` on a damaged store
 * @see docs/spec/evidence.md E-3
 */
export async function transactionsOfAgent(
  store: Store,
  ref: string,
  limit: number,
): Promise<readonly string[]> {
  const found = new Set<string>();
  let at = (await store.head("agent", ref))?.index ?? null;
  for (let walked = 0; at !== null && walked < MAX_WALK && found.size < limit; walked += 1) {
    const [row] = await store.entries(at, 1);
    if (row === undefined) break;
    const { txn } = parseLeafBytes(row.leaf);
    if (txn !== undefined) found.add(txn.id);
    at = row.agentPrevious;
  }
  return [...found];
}
