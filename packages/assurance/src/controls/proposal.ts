import { RELEASE_ROLES } from "@narrowgate/contracts";
import type { Known, KnownRelease } from "../fold/known.ts";
import type { World } from "../fold/world.ts";

/** The proposal of exactly the release that is judged; undefined where there is none, or it was refused or withdrawn. */
export function proposalOf({ agent, release }: World, known: Known): KnownRelease | undefined {
  const proposed = known.proposed[agent.ref];
  return proposed !== undefined && proposed.release === release && !proposed.refused ? proposed : undefined;
}

/** That proposal, where all four roles have signed it. */
export function signedProposal(world: World, known: Known): KnownRelease | undefined {
  const proposal = proposalOf(world, known);
  const isComplete = RELEASE_ROLES.every((role) => proposal?.signed[role] !== undefined);
  return isComplete ? proposal : undefined;
}
