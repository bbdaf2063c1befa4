import { parseLeafBytes } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import type { Evidence } from "../evidence/evidence.ts";
import { scanPages } from "../platform/store/scan-room.ts";

/** Entries of an agent that are walked at most; beyond it the answer says that it is cut. */
const MAX_WALK = 100_000;

interface Walk {
  readonly acceptances: readonly { readonly index: number; readonly entry: string; readonly at: number }[];
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly cut: boolean;
}

/** Walks an agent's chain back from its newest leaf to `after`, and collects what was permitted. */
async function walkBack({ store }: Evidence, agent: string, after: number): Promise<Walk> {
  const head = await store.head("agent", agent);
  const acceptances: { index: number; entry: string; at: number }[] = [];
  let at: number | null = head?.index ?? null;
  let seq = head?.seq ?? -1;
  const lastSeq = seq;
  let walked = 0;
  for (; at !== null && at > after && walked < MAX_WALK; walked += 1) {
    const [row] = await store.entries(at, 1);
    if (row === undefined) break;
    const leaf = parseLeafBytes(row.leaf);
    if (leaf.type === "decision" && leaf.body.verdict === "permit")
      acceptances.push({ index: at, entry: leaf.id, at: leaf.at });
    seq = leaf.agent?.seq ?? seq;
    at = row.agentPrevious;
  }
  return { acceptances, firstSeq: walked === 0 ? lastSeq + 1 : seq, lastSeq, cut: walked === MAX_WALK };
}

async function newestRevocation({ store }: Evidence, agent: string): Promise<number | undefined> {
  let newest: number | undefined;
  for await (const rows of scanPages(store, "entry-index", { prefix: `revocation:agent:${agent}:` })) {
    const last = rows.at(-1);
    if (last !== undefined) newest = Number(last.value);
  }
  return newest;
}

/**
 * Over which range of the log nothing of an agent was accepted since its newest revocation.
 * The statement is about the log: gapless sequence numbers of the agent under a published head.
 * @param agent - ref
 * @see docs/spec/evidence.md E-3, E-14
 */
export async function quietRanges(evidence: Evidence, agent: string): Promise<JsonObject> {
  const checkpoint = await evidence.freshCheckpoint();
  const revoked = await newestRevocation(evidence, agent);
  if (revoked === undefined) return { revoked: false, head: checkpoint.size, ranges: [], acceptances: [] };
  const { acceptances, firstSeq, lastSeq, cut } = await walkBack(evidence, agent, revoked);
  const edges = [...acceptances.map(({ index }) => index)].sort((a, b) => a - b);
  const starts = [revoked, ...edges];
  const ranges = starts.flatMap((start, i) => {
    const end = (edges[i] ?? checkpoint.size) - 1;
    return end > start ? [{ from: start + 1, to: end }] : [];
  });
  return {
    revoked: true,
    revocation: revoked,
    head: checkpoint.size,
    agent_seq: { from: firstSeq, to: lastSeq },
    cut,
    acceptances,
    ranges,
  };
}
