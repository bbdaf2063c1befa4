import { type Evaluation, keptBack, profileDigest } from "@narrowgate/contracts";
import { NarrowgateError } from "@narrowgate/kernel";
import { nodeSha256 } from "../../platform/crypto-hash/sha256.ts";
import { lapsedRoles } from "./eligibility.ts";
import { missingRoles } from "./proposal.ts";
import { driftNow, isOpen, type ReleaseRoom } from "./room.ts";
import type { StoredProposal } from "./stored-proposal.ts";

/** Controls that were let go for a while which is over by now: what the four signed counted on it. */
function unwaived({ ports }: ReleaseRoom, { evaluation }: StoredProposal): readonly string[] {
  const nowMs = ports.clock.nowMs();
  return evaluation.waivers.filter(({ until }) => until <= nowMs).map(({ control }) => control);
}

/** What four people signed under another profile than this instance asks for is not what it asks for. */
function checkProfile({ ports }: ReleaseRoom, { profile }: StoredProposal): void {
  if (profileDigest(nodeSha256, profile) !== profileDigest(nodeSha256, ports.profile))
    throw new NarrowgateError(
      "release_not_ready",
      "it was signed under another gate profile than this instance asks for; propose again",
    );
}

function checkReady(room: ReleaseRoom, proposal: StoredProposal): void {
  checkProfile(room, proposal);
  const blocked = keptBack(proposal.evaluation);
  if (blocked.length > 0)
    throw new NarrowgateError("release_not_ready", `these controls block it: ${blocked.join(", ")}`);
  const over = unwaived(room, proposal);
  if (over.length > 0)
    throw new NarrowgateError("release_not_ready", `the waiver of ${over.join(", ")} is over; propose again`);
}

/** A canary is made whole or taken back before anything else comes into force. */
function checkAlone({ table }: ReleaseRoom, { agent, agentRef }: StoredProposal): void {
  const canary = table.canary(agentRef);
  if (canary !== undefined)
    throw new NarrowgateError(
      "conflict",
      `a canary of ${agent} is in force: promote ${canary.id} or roll it back first`,
    );
}

/**
 * The release gate: four signatures that count now, within the time they were given for, nothing that blocks, and nothing that differs from what was signed.
 * @throws `release_not_signed`, `release_not_ready`, `release_drifted`, `conflict`, `not_found`, `policy_missing`
 */
export function checkGate(room: ReleaseRoom, proposal: StoredProposal): void {
  if (proposal.state !== "open")
    throw new NarrowgateError("conflict", `this release is ${proposal.state}; only an open one is promoted`);
  if (!isOpen(room, proposal))
    throw new NarrowgateError(
      "conflict",
      "the time in which this release could be promoted is over; propose again",
    );
  const missing = missingRoles(proposal);
  if (missing.length > 0)
    throw new NarrowgateError("release_not_signed", `not signed by ${missing.join(", ")}`);
  const lapsed = lapsedRoles(proposal, room.ports.signers);
  if (lapsed.length > 0)
    throw new NarrowgateError(
      "release_not_signed",
      `the signature of ${lapsed.join(", ")} does not count any more`,
    );
  checkAlone(room, proposal);
  checkReady(room, proposal);
  checkStanding(room, proposal, "newest");
}

/**
 * @param policies - those it is compared with: what is promoted is what is in force, what is gone back to decides by its own
 * @throws `release_drifted` when anything is not as it was signed, tools among it
 */
export function checkStanding(room: ReleaseRoom, proposal: StoredProposal, policies: "own" | "newest"): void {
  const { stops, changes } = driftNow(room, proposal, policies);
  const parts = [...new Set([...stops, ...changes.map(({ part }) => part)])];
  if (parts.length > 0)
    throw new NarrowgateError("release_drifted", `not as it was signed: ${parts.join(", ")}`);
}

/**
 * What blocks by now, whatever the four had before them: asked behind {@link checkGate}, so that none of it did when it was signed.
 * @throws `release_not_ready`, naming the controls
 */
export function checkReadyNow(now: Evaluation): void {
  const blocked = keptBack(now);
  if (blocked.length === 0) return;
  throw new NarrowgateError(
    "release_not_ready",
    `these controls block it now, and did not when it was signed: ${blocked.join(", ")}; the evaluation is on record`,
  );
}
