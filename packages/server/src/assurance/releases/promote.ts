import { type Envelope, formatReleaseAttestation, RELEASE_ROLES } from "@narrowgate/contracts";
import { checkGate } from "./gate.ts";
import type { SignedRequest } from "./ports.ts";
import { digestsOf } from "./proposal.ts";
import { leafOf } from "./release-leaf.ts";
import { proposalOf, type ReleaseRoom } from "./room.ts";
import { rowOf, type StoredProposal } from "./stored-proposal.ts";

/** The certificate of a release: an in-toto statement in a DSSE envelope, signed by the log key. */
export function certify({ ports }: ReleaseRoom, proposal: StoredProposal): Promise<Envelope> {
  const { agent, evaluation, given, profile, readiness } = proposal;
  const digests = digestsOf(proposal);
  const signatures = RELEASE_ROLES.flatMap((role) => {
    const one = given.find((signature) => signature.role === role);
    if (one === undefined) return [];
    const { name: _, entry: __, ...signature } = one;
    return [signature];
  });
  const payload = formatReleaseAttestation({
    agent,
    release: digests.release,
    deployment: digests.deployment,
    environment: proposal.deployment.environment,
    profile: { name: profile.name, version: profile.version, digest: digests.profile },
    readiness: { digest: digests.readiness, entry: readiness },
    not_established: evaluation.results
      .filter(({ verdict }) => verdict === "not_established")
      .map(({ control }) => control),
    signatures,
  });
  return ports.certify(payload);
}

/**
 * Brings a signed release into force, and takes the one before out of it, in one commit.
 * ORDER: the gate is asked again behind the signature of the certificate, and from there on all is one turn.
 * @throws what {@link checkGate} throws; `not_found`, `evidence_unavailable`
 */
export async function promoteRelease(
  room: ReleaseRoom,
  id: string,
  { operator, jws }: SignedRequest,
): Promise<StoredProposal> {
  const { ports, table } = room;
  checkGate(room, proposalOf(room, id));
  const certificate = await certify(room, proposalOf(room, id));
  const proposal = proposalOf(room, id);
  checkGate(room, proposal);
  const active: StoredProposal = { ...proposal, state: "active", activatedAtMs: ports.clock.nowMs() };
  const former = table.active(proposal.agentRef);
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
