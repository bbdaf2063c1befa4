import { type Leaf, parseLeafBytes } from "@narrowgate/contracts";
import type { Store } from "../../platform/store/store.ts";

/** Leaves that are looked through, counted from the end of the log. */
export const LATELY = 1_000;

/** A leaf that refuses, and where it stands. */
export interface RefusedEntry {
  readonly index: number;
  readonly leaf: Leaf<"decision">;
}

/**
 * Decisions among the newest leaves that refuse, youngest first. Nothing sealed is opened.
 * Trust: gives out leaves; the caller has authenticated an auditor and records the reading (E-2).
 * @param limit - at most so many. @throws `malformed_input` on a damaged store
 */
export async function refusedLately(store: Store, limit: number): Promise<readonly RefusedEntry[]> {
  const { size } = await store.tree();
  const from = Math.max(0, size - LATELY);
  const found: RefusedEntry[] = [];
  for (const row of [...(await store.entries(from, size - from))].reverse()) {
    const leaf = parseLeafBytes(row.leaf);
    if (leaf.type === "decision" && leaf.body.verdict === "refuse") found.push({ index: row.index, leaf });
    if (found.length === limit) break;
  }
  return found;
}
