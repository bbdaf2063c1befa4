import { isNarrowgateError, type JsonObject } from "@narrowgate/kernel";
import { driftNow, type ReleaseRoom } from "./room.ts";
import type { StoredProposal } from "./stored-proposal.ts";

/** How an active release stands to what is registered now, as lists tell it. */
export type StandingWords = (proposal: StoredProposal) => JsonObject;

function lookUp(room: ReleaseRoom, proposal: StoredProposal): JsonObject {
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
  let known = { revision: "", byProposal: new Map<string, JsonObject>() };
  return (proposal) => {
    const revision = room.ports.revision();
    if (known.revision !== revision) known = { revision, byProposal: new Map() };
    const found = known.byProposal.get(proposal.id) ?? lookUp(room, proposal);
    known.byProposal.set(proposal.id, found);
    return found;
  };
}
