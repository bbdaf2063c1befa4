import { type Envelope, MAX_CANARY_SHARE } from "@narrowgate/contracts";
import { NarrowgateError } from "@narrowgate/kernel";
import { nameOf } from "./drift.ts";
import { checkGate, checkStanding } from "./gate.ts";
import type { SignedRequest } from "./ports.ts";
import { certify, judgedNow } from "./promote.ts";
import { leafOf } from "./release-leaf.ts";
import type { RollBack, RolledBack } from "./roll-back.ts";
import { driftNow, proposalOf, type ReleaseRoom } from "./room.ts";
import { rowOf, type StoredProposal } from "./stored-proposal.ts";

const MAY_DIFFER =
  "a canary differs from the release in force in policies and in what is attested or declared alone, for an agent is registered once; promote it whole";

/**
 * What a canary would stand beside: another deployment, that is still what was signed.
 * @throws `conflict`, `release_drifted`
 */
function besideOf(room: ReleaseRoom, proposal: StoredProposal): StoredProposal {
  const active = room.table.active(proposal.agentRef);
  if (active === undefined)
    throw new NarrowgateError(
      "conflict",
      "no release is in force that a canary could stand beside; promote it whole",
    );
  if (nameOf(active) === nameOf(proposal))
    throw new NarrowgateError("conflict", "the release in force is this very deployment");
  const { stops, tools } = driftNow(room, active);
  const left = active.manifest.tools.length - tools.size;
  const parts = [...stops, ...(left === 0 ? [] : ["tools"])];
  if (parts.length > 0)
    throw new NarrowgateError(
      "release_drifted",
      `the release in force would lose ${parts.join(", ")}: ${MAY_DIFFER}`,
    );
  return active;
}

/** @throws what `checkGate` and {@link besideOf} throw; `malformed_input` for a share out of bounds */
function checkCanary(room: ReleaseRoom, proposal: StoredProposal, share: number): void {
  if (!Number.isSafeInteger(share) || share < 1 || share > MAX_CANARY_SHARE)
    throw new NarrowgateError("malformed_input", `/canary: a share is 1 to ${MAX_CANARY_SHARE} percent`);
  checkGate(room, proposal);
  besideOf(room, proposal);
}

/**
 * Puts a signed release beside the one in force, for a share of the mandates: everything that a promotion asks is asked.
 * ORDER: as at a promotion, asked again behind all waits, and from there on one turn.
 * @throws what {@link checkCanary} throws; `release_not_ready`, `not_found`, `evidence_unavailable`
 * @see docs/spec/release.md R-9
 */
export async function startCanary(
  room: ReleaseRoom,
  { id, share }: { readonly id: string; readonly share: number },
  { operator, jws }: SignedRequest,
): Promise<StoredProposal> {
  const { ports, table } = room;
  checkCanary(room, proposalOf(room, id), share);
  const judged = await judgedNow(room, proposalOf(room, id));
  const certificate = await certify(room, proposalOf(room, id));
  const proposal = proposalOf(room, id);
  checkCanary(room, proposal, share);
  const activatedAtMs = ports.clock.nowMs();
  const canary: StoredProposal = {
    ...proposal,
    state: "canary",
    share,
    activatedAtMs,
    promotedOn: judged.entry,
  };
  const own = { operator, evaluation: judged.entry, share };
  const { durable } = ports.evidence.record(
    [judged.draft, leafOf(canary, "canary", own, { proof: { request: jws }, content: { certificate } })],
    [rowOf(canary)],
  );
  table.put(canary);
  await durable;
  judged.keep();
  return canary;
}

function canaryOf(room: ReleaseRoom, id: string): StoredProposal {
  const proposal = proposalOf(room, id);
  if (proposal.state === "canary") return proposal;
  throw new NarrowgateError("conflict", `this release is ${proposal.state} by now`);
}

/** The canary takes the place of the release beside it. @throws `release_drifted`, `conflict`, `evidence_unavailable` */
export async function completeCanary(
  room: ReleaseRoom,
  id: string,
  { operator, jws }: SignedRequest,
): Promise<StoredProposal> {
  const { ports, table } = room;
  checkStanding(room, canaryOf(room, id), "own");
  const certificate: Envelope = await certify(room, canaryOf(room, id));
  const { share: _, ...canary } = canaryOf(room, id);
  checkStanding(room, canary, "own");
  const active: StoredProposal = { ...canary, state: "active", activatedAtMs: ports.clock.nowMs() };
  const former = table.active(canary.agentRef);
  const past: StoredProposal | undefined = former === undefined ? undefined : { ...former, state: "past" };
  const { durable } = ports.evidence.record(
    [
      ...(past === undefined ? [] : [leafOf(past, "deactivated", { operator })]),
      leafOf(active, "activated", { operator }, { proof: { request: jws }, content: { certificate } }),
    ],
    [...(past === undefined ? [] : [rowOf(past)]), rowOf(active)],
  );
  if (past !== undefined) table.put(past);
  table.put(active);
  await durable;
  return active;
}

/**
 * Takes a canary back: its tokens are revoked in one commit, and its mandates go on under the release in force, with new
 * tokens.
 * @throws `conflict` when a destination is named, `evidence_unavailable`
 */
export async function takeBackCanary(
  room: ReleaseRoom,
  canary: StoredProposal,
  { to, reason }: RollBack,
  { operator, jws }: SignedRequest,
): Promise<RolledBack> {
  const { ports, table } = room;
  if (to !== undefined)
    throw new NarrowgateError(
      "conflict",
      "a canary is taken back to the release beside it; roll it back without --to",
    );
  const { share: _, ...rest } = canary;
  const ended: StoredProposal = { ...rest, state: "withdrawn" };
  const by = { by: "operator", operator, proof: jws } as const;
  const name = canary.agent;
  const revocation = ports.prepareRevocation({ kind: "release", id: nameOf(canary), reason, name, ...by });
  const { durable } = ports.evidence.record(
    [leafOf(ended, "deactivated", { operator }, { proof: { request: jws } }), revocation.draft],
    [rowOf(ended), ...revocation.changes],
  );
  revocation.apply();
  table.put(ended);
  await durable;
  revocation.announce();
  const active = table.active(canary.agentRef);
  return active === undefined ? { ended } : { ended, active };
}
