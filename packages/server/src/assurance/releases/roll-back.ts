import type { AgentRecord, DraftOrNext, Envelope } from "@narrowgate/contracts";
import { isNarrowgateError, NarrowgateError } from "@narrowgate/kernel";
import { nameOf } from "./drift.ts";
import { checkStanding } from "./gate.ts";
import { endGlass } from "./glass/end-glass.ts";
import { inForceNow } from "./in-force.ts";
import type { SignedRequest } from "./ports.ts";
import { certify } from "./promote.ts";
import { leafOf } from "./release-leaf.ts";
import type { ReleaseRoom } from "./room.ts";
import { rowOf, type StoredProposal } from "./stored-proposal.ts";

/** What an operator rolls back, and why. */
export interface RollBack {
  /** Id of the agent. */
  readonly agent: string;
  /** Proposal to go back to; absent: the last one that was active before. */
  readonly to?: string;
  readonly reason: string;
}

/** What came of it. */
export interface RolledBack {
  readonly ended: StoredProposal;
  readonly active?: StoredProposal;
  /** Why nothing is active, where there was something to go back to. */
  readonly drifted?: string;
}

type Destination =
  | { readonly kind: "back"; readonly to: StoredProposal; readonly certificate: Envelope }
  | { readonly kind: "nowhere"; readonly drifted?: string };

async function standingFault(room: ReleaseRoom, good: StoredProposal): Promise<string | undefined> {
  try {
    await room.ports.preparePolicies(good.deployment.policy);
    checkStanding(room, good, "own");
    return undefined;
  } catch (cause) {
    if (isNarrowgateError(cause)) return cause.publicMessage;
    throw cause;
  }
}

/** The release to go back to: the one named, or the last that was active before. */
async function destination(
  room: ReleaseRoom,
  bad: StoredProposal,
  to: string | undefined,
): Promise<Destination> {
  // The same deployment under another proposal is what is being taken out of force.
  const past = room.table
    .ofAgent(bad.agentRef)
    .filter((one) => one.state === "past" && nameOf(one) !== nameOf(bad))
    .sort((a, b) => (b.activatedAtMs ?? 0) - (a.activatedAtMs ?? 0));
  const good = to === undefined ? past[0] : past.find(({ id }) => id === to);
  if (to !== undefined && good === undefined)
    throw new NarrowgateError("not_found", "there is no such earlier release of this agent");
  if (good === undefined) return { kind: "nowhere" };
  const drifted = await standingFault(room, good);
  if (drifted !== undefined) return { kind: "nowhere", drifted };
  const back: StoredProposal = { ...good, state: "active", activatedAtMs: room.ports.clock.nowMs() };
  return { kind: "back", to: back, certificate: await certify(room, good) };
}

/** Whether a release by itself lets an agent through: one that drifted can stand again while a break-glass is open. */
function isReleased(room: ReleaseRoom, agent: AgentRecord): boolean {
  try {
    const now = inForceNow(room, agent);
    return now.kind === "released" && now.untilMs === undefined;
  } catch (cause) {
    if (isNarrowgateError(cause)) return false;
    throw cause;
  }
}

function activeOf(room: ReleaseRoom, agentRef: string, id: string): StoredProposal {
  const active = room.table.active(agentRef);
  if (active !== undefined) return active;
  throw new NarrowgateError("conflict", `no release of ${id} is active`);
}

/**
 * Goes back: the active release is revoked, with every token that names it, and the last good one is active again, in one
 * commit. Where an agent is let through without one, that ends. Where what is registered is not what that one was signed for, nothing is active: no tokens rather than wrong ones.
 * @throws `not_found`, `conflict`, `evidence_unavailable`
 */
export async function rollBack(
  room: ReleaseRoom,
  { agent: id, to, reason }: RollBack,
  { operator, jws }: SignedRequest,
): Promise<RolledBack> {
  const { ports, table } = room;
  const agent = ports.agent(id);
  if (agent === undefined) throw new NarrowgateError("not_found", `there is no agent ${id}`);
  const glass = room.glasses.open(agent.ref, ports.clock.nowMs());
  if (glass !== undefined) {
    const goesOn = isReleased(room, agent);
    const { proposal } = await endGlass(room, glass, reason, { operator, jws });
    if (!goesOn) return { ended: { ...proposal, state: "withdrawn" } };
  }
  const bad = activeOf(room, agent.ref, id);
  const found = await destination(room, bad, to);
  // ORDER: from here on in one turn; the feed of revocations has no gap.
  if (activeOf(room, agent.ref, id).id !== bad.id || table.canary(agent.ref) !== undefined)
    throw new NarrowgateError("conflict", "another release is active by now");
  const ended: StoredProposal = { ...bad, state: "withdrawn" };
  const by = { by: "operator", operator, proof: jws } as const;
  const revocation = ports.prepareRevocation({ kind: "release", id: nameOf(bad), reason, name: id, ...by });
  const proof = { request: jws };
  const back: readonly DraftOrNext[] =
    found.kind === "nowhere"
      ? []
      : [leafOf(found.to, "activated", { operator }, { proof, content: { certificate: found.certificate } })];
  const { durable } = ports.evidence.record(
    [leafOf(ended, "deactivated", { operator }, { proof }), revocation.draft, ...back],
    [rowOf(ended), ...(found.kind === "back" ? [rowOf(found.to)] : []), ...revocation.changes],
  );
  revocation.apply();
  table.put(ended);
  if (found.kind === "back") table.put(found.to);
  await durable;
  revocation.announce();
  if (found.kind === "back") return { ended, active: found.to };
  return found.drifted === undefined ? { ended } : { ended, drifted: found.drifted };
}
