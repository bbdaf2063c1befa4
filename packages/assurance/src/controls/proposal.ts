import { RELEASE_ROLES } from "@narrowgate/contracts";
import type { Known, KnownRelease } from "../fold/known.ts";
import type { World } from "../fold/world.ts";

/**
 * The proposal of exactly the release that is judged, ended or not; undefined where there is none. After a roll-back that
 * is an older one than the newest. Of several of one release it is the newest that was neither refused nor withdrawn.
 */
export function judgedProposal(
  { agent, release }: { readonly agent: { readonly ref: string }; readonly release: string },
  known: Known,
): KnownRelease | undefined {
  const same = Object.values(known.proposals[agent.ref] ?? {})
    .filter((proposal) => proposal.release === release)
    .sort((a, b) => b.index - a.index);
  return same.find(({ refused }) => !refused) ?? same[0];
}

/** That proposal, unless it was refused or withdrawn. */
export function proposalOf(world: World, known: Known): KnownRelease | undefined {
  const proposal = judgedProposal(world, known);
  return proposal?.refused === true ? undefined : proposal;
}

/** That proposal, where all four roles have signed it. */
export function signedProposal(world: World, known: Known): KnownRelease | undefined {
  const proposal = proposalOf(world, known);
  const isComplete = RELEASE_ROLES.every((role) => proposal?.signed[role] !== undefined);
  return isComplete ? proposal : undefined;
}
