import { type Envelope, formatReleaseAttestation, RELEASE_ROLES } from "@narrowgate/contracts";
import { NarrowgateError } from "@narrowgate/kernel";
import { checkGate, checkReadyNow } from "./gate.ts";
import type { JudgedEvaluation, SignedRequest } from "./ports.ts";
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
 * Evaluates every control anew: what the four signed says how it stood then. What keeps it back goes on record by itself,
 * for whoever has to mend it.
 */
export async function judgedNow({ ports }: ReleaseRoom, proposal: StoredProposal): Promise<JudgedEvaluation> {
  const { evaluation: signed, manifest } = proposal;
  const agent = ports.agent(proposal.agent);
  if (agent === undefined) throw new NarrowgateError("not_found", `there is no agent ${proposal.agent}`);
  const tested = signed.log.origin === ports.origin ? undefined : signed;
  const judged = await ports.judge(agent, manifest, tested);
  try {
    checkReadyNow(judged.evaluation);
  } catch (cause) {
    await ports.evidence.record([judged.draft]).durable;
    judged.keep();
    throw cause;
  }
  if (judged.evaluation.release !== signed.release)
    throw new NarrowgateError("release_drifted", "the registry changed while controls were evaluated");
  return judged;
}

/**
 * Brings a signed release into force, and takes the one before out of it, in one commit with the evaluation that lets it.
 * ORDER: the gate is asked again behind the evaluation and the signature of the certificate, and from there on all is one
 * turn.
 * @throws what {@link checkGate} and {@link checkReadyNow} throw; `not_found`, `evidence_unavailable`
 * @see docs/spec/release.md R-20
 */
export async function promoteRelease(
  room: ReleaseRoom,
  id: string,
  { operator, jws }: SignedRequest,
): Promise<StoredProposal> {
  const { ports, table } = room;
  checkGate(room, proposalOf(room, id));
  const judged = await judgedNow(room, proposalOf(room, id));
  const certificate = await certify(room, proposalOf(room, id));
  const proposal = proposalOf(room, id);
  checkGate(room, proposal);
  const promoted = { state: "active", activatedAtMs: ports.clock.nowMs(), promotedOn: judged.entry } as const;
  const active: StoredProposal = { ...proposal, ...promoted };
  const former = table.active(proposal.agentRef);
  const past: StoredProposal | undefined = former === undefined ? undefined : { ...former, state: "past" };
  const own = { operator, evaluation: judged.entry };
  const { durable } = ports.evidence.record(
    [
      judged.draft,
      ...(past === undefined ? [] : [leafOf(past, "deactivated", { operator })]),
      leafOf(active, "activated", own, { proof: { request: jws }, content: { certificate } }),
    ],
    [...(past === undefined ? [] : [rowOf(past)]), rowOf(active)],
  );
  if (past !== undefined) table.put(past);
  table.put(active);
  await durable;
  judged.keep();
  return active;
}
