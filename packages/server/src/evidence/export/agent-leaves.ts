import { parseLeafBytes } from "@narrowgate/contracts";
import { fromUtf8, NarrowgateError } from "@narrowgate/kernel";
import type { Evidence } from "../evidence.ts";
import type { AuditorRequest } from "../public-log.ts";

/** Leaves of an agent, newest first. */
export interface AgentLeaves {
  /** Canonical JSON, as they are hashed. */
  readonly leaves: readonly string[];
  /** Where the next older one stands; absent at the agent's first. */
  readonly next?: number;
}

/**
 * Walks back along the chain of an agent, for an authenticated auditor.
 * Guarantee: the `read` leaf is durable before the leaves are given out (E-2).
 * @param ref - of the agent; @param from - index of a leaf of it, with which the answer begins
 * @param count - at most so many, 1 or more
 * @throws `not_found` when no leaf of this agent stands there
 */
export async function readAgentLeaves(
  evidence: Evidence,
  { ref, from, count }: { readonly ref: string; readonly from: number; readonly count: number },
  { auditor, request }: AuditorRequest,
): Promise<AgentLeaves> {
  const { store } = evidence;
  const leaves: string[] = [];
  let at: number | null = from;
  let oldest = from;
  while (at !== null && leaves.length < count) {
    const [row] = await store.entries(at, 1);
    if (row?.index !== at || parseLeafBytes(row.leaf).agent?.id !== ref)
      throw new NarrowgateError("not_found", "no leaf of this agent stands there");
    leaves.push(fromUtf8(row.leaf));
    oldest = at;
    at = row.agentPrevious;
  }
  const body = { auditor, from: oldest, count: leaves.length, what: "entries" };
  await evidence.record([{ type: "read", body, proof: { request } }]).durable;
  return { leaves, ...(at === null ? {} : { next: at }) };
}
