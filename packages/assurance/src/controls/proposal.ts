import { RELEASE_ROLES } from "@narrowgate/contracts";
import type { Known, KnownRelease } from "../fold/known.ts";
import type { World } from "../fold/world.ts";

/**
 * The proposal of exactly the release that is judged, ended or not; undefined where there is none. After a roll-back that
 * is an older one than the newest. Of several of one release it is the newest that all four have signed, so that who only
 * proposes again takes nothing from what is in force; else the newest that was neither refused nor withdrawn.
 */
export function judgedProposal(
  { agent, release }: { readonly agent: { readonly ref: string }; readonly release: string },
  known: Known,
): KnownRelease | undefined {
  const same = Object.values(known.proposals[agent.ref] ?? {})
    .filter((proposal) => proposal.release === release)
    .sort((a, b) => b.index - a.index);
  const open = same.filter(({ refused }) => !refused);
  return open.find(isComplete) ?? open[0] ?? same[0];
}

function isComplete({ signed }: KnownRelease): boolean {
  return RELEASE_ROLES.every((role) => signed[role] !== undefined);
}

/** That proposal, unless it was refused or withdrawn. */
export function proposalOf(world: World, known: Known): KnownRelease | undefined {
  const proposal = judgedProposal(world, known);
  return proposal?.refused === true ? undefined : proposal;
}

/** That proposal, where all four roles have signed it. */
export function signedProposal(world: World, known: Known): KnownRelease | undefined {
  const proposal = proposalOf(world, known);
  return proposal !== undefined && isComplete(proposal) ? proposal : undefined;
}
