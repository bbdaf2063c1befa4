import { NarrowgateError } from "@narrowgate/kernel";
import { type Drift, driftOf } from "./drift.ts";
import type { GlassTable } from "./glass/glass-table.ts";
import type { ReleasePorts } from "./ports.ts";
import type { Proposal } from "./proposal.ts";
import type { ReleaseTable } from "./release-table.ts";
import type { StoredProposal } from "./stored-proposal.ts";

/** What the parts of this room share. */
export interface ReleaseRoom {
  readonly ports: ReleasePorts;
  readonly table: ReleaseTable;
  readonly glasses: GlassTable;
}

/** The address at which a proposal is signed. The handle is in the fragment, which no server on the way sees. */
export function addressOf({ ports }: ReleaseRoom, { handle }: Pick<Proposal, "handle">): string | undefined {
  return ports.place === undefined ? undefined : `${ports.place.origin}/release#${handle}`;
}

/** A proposal by its id, or by the beginning of it. @throws `not_found` */
export function proposalOf({ table }: ReleaseRoom, id: string): StoredProposal {
  const proposal = table.byId(id);
  if (proposal !== undefined) return proposal;
  throw new NarrowgateError(
    "not_found",
    "there is no such release; `narrowgate release list` has those there are",
  );
}

/** Whether it may be signed now. */
export function isOpen({ ports }: ReleaseRoom, { state, notAfterMs }: Proposal): boolean {
  return state === "open" && ports.clock.nowMs() < notAfterMs;
}

/**
 * How what is registered now compares with a proposal.
 * @param policies - `own`: those it was proposed with decide about it, whatever was published since; `newest`: those in force
 * @throws `not_found`, `policy_missing`
 */
export function driftNow(
  { ports }: ReleaseRoom,
  proposal: Proposal,
  policies: "own" | "newest" = "own",
): Drift {
  const agent = ports.agent(proposal.agent);
  if (agent === undefined || agent.ref !== proposal.agentRef)
    throw new NarrowgateError("not_found", "the agent of this release is not registered any more");
  const { deployment, manifest } = proposal;
  const own = policies === "own" ? deployment.policy : undefined;
  return driftOf(proposal, ports.standing(agent, manifest, own));
}
