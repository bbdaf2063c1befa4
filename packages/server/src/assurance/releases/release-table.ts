import { nameOf } from "./drift.ts";
import type { StoredProposal } from "./stored-proposal.ts";

/** Proposals in memory. At most one of an agent is open, one active, and one a canary beside it. */
export interface ReleaseTable {
  byId(id: string): StoredProposal | undefined;
  byHandle(handle: string): StoredProposal | undefined;
  /** @param agentRef - of the agent */
  active(agentRef: string): StoredProposal | undefined;
  canary(agentRef: string): StoredProposal | undefined;
  open(agentRef: string): StoredProposal | undefined;
  /** Digest of the policies of a deployment, by its digest. */
  policyOf(deployment: string): string | undefined;
  /** Newest first. */
  ofAgent(agentRef: string): readonly StoredProposal[];
  /** Newest first. */
  list(): readonly StoredProposal[];
  put(proposal: StoredProposal): void;
}

/** Makes a table of what was kept. */
export function createReleaseTable(kept: readonly StoredProposal[]): ReleaseTable {
  const byId = new Map<string, StoredProposal>();
  const handles = new Map<string, string>();
  const actives = new Map<string, string>();
  const canaries = new Map<string, string>();
  const policies = new Map<string, string>();
  const put = (proposal: StoredProposal): void => {
    const { id, handle, agentRef, state } = proposal;
    byId.set(id, proposal);
    handles.set(handle, id);
    policies.set(nameOf(proposal), proposal.deployment.policy);
    for (const [wanted, ids] of [
      ["active", actives],
      ["canary", canaries],
    ] as const) {
      if (state === wanted) ids.set(agentRef, id);
      else if (ids.get(agentRef) === id) ids.delete(agentRef);
    }
  };
  for (const proposal of kept) put(proposal);
  const list = (): readonly StoredProposal[] =>
    [...byId.values()].sort((a, b) => b.proposedAtMs - a.proposedAtMs);
  const ofAgent = (ref: string): readonly StoredProposal[] =>
    list().filter(({ agentRef }) => agentRef === ref);
  return {
    byId: (id) => byId.get(id),
    byHandle: (handle) => byId.get(handles.get(handle) ?? ""),
    active: (ref) => byId.get(actives.get(ref) ?? ""),
    canary: (ref) => byId.get(canaries.get(ref) ?? ""),
    open: (ref) => ofAgent(ref).find(({ state }) => state === "open"),
    policyOf: (deployment) => policies.get(deployment),
    ofAgent,
    list,
    put,
  };
}
