import { type AgentRecord, drawsCanary, type EpochPair } from "@narrowgate/contracts";
import { isNarrowgateError } from "@narrowgate/kernel";
import { nodeSha256 } from "../../platform/crypto-hash/sha256.ts";
import { nameOf, toolKey } from "./drift.ts";
import { driftNow, type ReleaseRoom } from "./room.ts";
import type { StoredProposal } from "./stored-proposal.ts";

/** What a release lets an agent have now. */
export type InForce =
  | {
      readonly kind: "released";
      /** Deployment digest: what tokens name. */
      readonly deployment: string;
      readonly pair: EpochPair;
      /** Unix milliseconds behind which nothing is minted for it: it was let through without a release. */
      readonly untilMs?: number;
      /** Whether an operation is the one that was signed. */
      readonly has: (operation: {
        readonly server: string;
        readonly kind: "tool" | "prompt" | "resource";
        readonly name: string;
      }) => boolean;
    }
  | { readonly kind: "refused"; readonly code: "release_required" | "release_drifted"; readonly why: string };

/** What is asked on each request where releases are required: O(1) but for the first time after a change. */
export interface ReleaseReader {
  /** @param under - what decides where a canary stands beside the active release: a new token's mandate, or a token's own deployment */
  inForce(agent: AgentRecord, under?: Under): InForce;
}

/** Under which of two releases something is: a mandate is drawn, a token names its own. */
export interface Under {
  readonly mandate?: string;
  readonly deployment?: string | undefined;
}

/** INVARIANT: a token of the canary is of the canary, and no other; a new token is of it exactly when its mandate is drawn. */
function isOfCanary(canary: StoredProposal, name: string, { mandate, deployment }: Under): boolean {
  if (mandate === undefined) return deployment === name;
  return drawsCanary(nodeSha256, name, mandate, canary.share ?? 0);
}

function released(
  room: ReleaseRoom,
  proposal: StoredProposal,
  { tools, untilMs }: { readonly tools: ReadonlySet<string>; readonly untilMs?: number },
): Extract<InForce, { kind: "released" }> {
  const deployment = nameOf(proposal);
  const kindRef = `release:${deployment}`;
  return {
    kind: "released",
    deployment,
    // Read each time: a revocation changes nothing that is compared.
    get pair(): EpochPair {
      return [kindRef, room.ports.epoch(kindRef)];
    },
    ...(untilMs === undefined ? {} : { untilMs }),
    has: (operation) => tools.has(toolKey(operation)),
  };
}

function lookUp(room: ReleaseRoom, agent: AgentRecord, active: StoredProposal | undefined): InForce {
  if (active === undefined)
    return { kind: "refused", code: "release_required", why: `no release of ${agent.id} is active` };
  const { stops, tools } = driftNow(room, active);
  if (stops.length > 0)
    return { kind: "refused", code: "release_drifted", why: `not as it was signed: ${stops.join(", ")}` };
  return released(room, active, { tools });
}

/** What two people let through for a short time, where no release does: as it stood when they signed. */
function lookUpGlass(room: ReleaseRoom, agent: AgentRecord): InForce | undefined {
  const glass = room.glasses.open(agent.ref, room.ports.clock.nowMs());
  if (glass?.untilMs === undefined) return undefined;
  const { stops, tools } = driftNow(room, glass.proposal);
  return stops.length > 0 ? undefined : released(room, glass.proposal, { tools, untilMs: glass.untilMs });
}

/**
 * What is in force now. @param proposal - the release that is asked about; the active one where it is left out
 * @throws `not_found`, `policy_missing`
 */
export function inForceNow(
  room: ReleaseRoom,
  agent: AgentRecord,
  proposal: StoredProposal | undefined = room.table.active(agent.ref),
): InForce {
  const found = lookUp(room, agent, proposal);
  return found.kind === "released" ? found : (lookUpGlass(room, agent) ?? found);
}

/** Remembers what was found for as long as nothing it was found from has changed. */
export function createReleaseReader(room: ReleaseRoom): ReleaseReader {
  const known = new Map<string, { readonly at: string; readonly found: InForce }>();
  const names = new WeakMap<StoredProposal, string>();
  const named = (proposal: StoredProposal): string => {
    const name = names.get(proposal) ?? nameOf(proposal);
    names.set(proposal, name);
    return name;
  };
  const chosen = (agent: AgentRecord, under: Under): StoredProposal | undefined => {
    const canary = room.table.canary(agent.ref);
    const isOf = canary !== undefined && isOfCanary(canary, named(canary), under);
    return isOf ? canary : room.table.active(agent.ref);
  };
  return {
    inForce(agent, under = {}) {
      const proposal = chosen(agent, under);
      const key = `${agent.ref} ${proposal?.state ?? ""}`;
      const glass = room.glasses.open(agent.ref, room.ports.clock.nowMs())?.proposal.id ?? "";
      const at = `${room.ports.revision()} ${proposal?.id ?? ""} ${glass}`;
      const before = known.get(key);
      if (before?.at === at) return before.found;
      try {
        const found = inForceNow(room, agent, proposal);
        known.set(key, { at, found });
        return found;
      } catch (cause) {
        // Fail closed: what cannot be compared is not what was signed.
        const why = isNarrowgateError(cause) ? cause.publicMessage : "it could not be compared";
        return { kind: "refused", code: "release_drifted", why };
      }
    },
  };
}
