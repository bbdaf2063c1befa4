import { isNarrowgateError } from "@narrowgate/kernel";
import { driftNow, type ReleaseRoom } from "./room.ts";
import type { StoredProposal } from "./stored-proposal.ts";

/** How an active release stands to what is registered now: what stops it, and how many of its tools have left. */
type Stands = { readonly stops: string[]; readonly left: number };

/** Tells that of a release, as lists show it. */
export type StandingWords = (proposal: StoredProposal) => Stands;

function lookUp(room: ReleaseRoom, proposal: StoredProposal): Stands {
  try {
    const { stops, tools } = driftNow(room, proposal);
    return { stops: [...stops], left: proposal.manifest.tools.length - tools.size };
  } catch (cause) {
    // What cannot be compared gets no tokens either: the part that is missing is the agent, or its policies.
    const isPolicy = isNarrowgateError(cause) && cause.code === "policy_missing";
    return { stops: [isPolicy ? "policies" : "agent"], left: proposal.manifest.tools.length };
  }
}

/** Tells what drifted of a release in force, and remembers it for as long as nothing that is compared has changed. */
export function createStandingWords(room: ReleaseRoom): StandingWords {
  let known = { revision: "", byProposal: new Map<string, Stands>() };
  return (proposal) => {
    const revision = room.ports.revision();
    if (known.revision !== revision) known = { revision, byProposal: new Map() };
    const found = known.byProposal.get(proposal.id) ?? lookUp(room, proposal);
    known.byProposal.set(proposal.id, found);
    return found;
  };
}
