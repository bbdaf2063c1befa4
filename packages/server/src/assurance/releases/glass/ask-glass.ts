import { type AgentRecord, MAX_GLASS_S, parseDeployment, parseReleaseManifest } from "@narrowgate/contracts";
import { NarrowgateError, randomId } from "@narrowgate/kernel";
import { inForceNow } from "../in-force.ts";
import { askedLeaf, newProposal } from "../new-proposal.ts";
import type { SignedRequest, Stated } from "../ports.ts";
import type { ReleaseRoom } from "../room.ts";
import type { StoredProposal } from "../stored-proposal.ts";
import { type Glass, glassRow, isStopped, waitsForReview } from "./glass.ts";

/** How long two people have to sign. */
const SIGNING_MS = 3_600_000;

/** What an operator asks for. */
export interface WantedGlass {
  /** Id of the agent. */
  readonly agent: string;
  readonly reason: string;
  /** 1 to {@link MAX_GLASS_S}. */
  readonly seconds: number;
}

/** The newest release that was ever in force, which says what the author stated of the workload. */
function lastOf({ table }: ReleaseRoom, { ref }: AgentRecord): StoredProposal | undefined {
  return table
    .ofAgent(ref)
    .filter(({ activatedAtMs }) => activatedAtMs !== undefined)
    .sort((a, b) => (b.activatedAtMs ?? 0) - (a.activatedAtMs ?? 0))[0];
}

function checkWanted(room: ReleaseRoom, { agent: id, seconds }: WantedGlass): AgentRecord {
  const { ports, glasses } = room;
  const agent = ports.agent(id);
  if (agent === undefined) throw new NarrowgateError("not_found", `there is no agent ${id}`);
  if (isStopped(agent))
    throw new NarrowgateError("conflict", `${id} is ${agent.state}; nothing lets it through`);
  if (ports.environment !== "prod")
    throw new NarrowgateError("conflict", "no release is asked for here, so there is nothing to break");
  if (ports.place === undefined)
    throw new NarrowgateError("conflict", "nobody can sign here: the settings name no approval origin");
  if (seconds < 1 || seconds > MAX_GLASS_S)
    throw new NarrowgateError("malformed_input", `/seconds: must be 1 to ${MAX_GLASS_S}`);
  if (inForceNow(room, agent).kind === "released")
    throw new NarrowgateError("conflict", `${id} is let through already`);
  const nowMs = ports.clock.nowMs();
  if (glasses.ofAgent(agent.ref).some((glass) => waitsForReview(glass, nowMs)))
    throw new NarrowgateError("glass_unreviewed", `the last break-glass of ${id} waits for its review`);
  return agent;
}

/**
 * Asks two people to let an agent through without a release, as it stands: records what it could do, what was not
 * established of it, and how it differs from what was in force last.
 * @throws `not_found`, `conflict`, `malformed_input`, `glass_unreviewed`, `release_drifted`, `policy_missing`,
 * `evidence_unavailable`
 * @see docs/spec/release.md R-22
 */
export async function askGlass(
  room: ReleaseRoom,
  wanted: WantedGlass,
  request: SignedRequest,
): Promise<Glass> {
  const { ports, glasses } = room;
  const last = lastOf(room, checkWanted(room, wanted));
  const { attested = [], declared = {} } = last?.manifest ?? {};
  const stated: Stated = { attested, declared };
  const { entry, evaluation } = await ports.evaluate(checkWanted(room, wanted), stated);
  // ORDER: looked at again after the evaluation, and from here on in one turn.
  const agent = checkWanted(room, wanted);
  const standing = ports.standing(agent, stated);
  const id = randomId();
  const manifest = parseReleaseManifest(standing.manifest);
  const deployment = parseDeployment({ ...standing.deployment, glass: id });
  if (evaluation.release !== deployment.release)
    throw new NarrowgateError("release_drifted", "the registry changed meanwhile; ask again");
  const proposal = newProposal(room, request.operator, {
    id,
    agent,
    manifest,
    deployment,
    before: last?.manifest,
    evaluation,
    entry,
    signingMs: SIGNING_MS,
  });
  const { reason, seconds } = wanted;
  const glass: Glass = { proposal, reason, seconds, state: "asked" };
  const { durable } = ports.evidence.record(
    [askedLeaf(proposal, "glass_asked", request, { reason, seconds })],
    [glassRow(glass), ...ports.keepPolicies()],
  );
  glasses.put(glass);
  await durable;
  await ports.preparePolicies(deployment.policy);
  return glass;
}
