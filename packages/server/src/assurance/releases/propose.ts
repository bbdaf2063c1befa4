import { releaseDiff, releaseDigest } from "@narrowgate/contracts";
import { type JsonObject, NarrowgateError, randomId } from "@narrowgate/kernel";
import { nodeSha256 } from "../../platform/crypto-hash/sha256.ts";
import type { RecordedEvaluation, SignedRequest, Stated } from "./ports.ts";
import { leafOf } from "./release-leaf.ts";
import type { ReleaseRoom } from "./room.ts";
import { rowOf, type StoredProposal } from "./stored-proposal.ts";

/** How long the four have. */
export const SIGNING_MS: number = 7 * 24 * 3_600_000;

/** What an operator proposes. */
export interface Wanted extends Stated {
  readonly agent: string;
  /** An evaluation of this very release at another instance, verified and on record here. */
  readonly tested?: RecordedEvaluation;
}

function checkTested({ evaluation }: RecordedEvaluation, release: string): void {
  if (evaluation.release === release) return;
  throw new NarrowgateError(
    "release_drifted",
    "what was tested is not what is registered here; `narrowgate release diff` shows what differs",
  );
}

/** A proposal that another one takes the place of. */
function withdrawn(room: ReleaseRoom, agentRef: string): StoredProposal | undefined {
  const open = room.table.open(agentRef);
  return open === undefined ? undefined : { ...open, state: "withdrawn" };
}

/**
 * Proposes an agent as it stands: records what would be released, what it rests on and what changes, for the four to sign.
 * @throws `not_found`, `conflict` without a place to sign, `release_drifted`, `policy_missing`, `evidence_unavailable`
 */
export async function proposeRelease(
  room: ReleaseRoom,
  wanted: Wanted,
  { operator, jws }: SignedRequest,
): Promise<StoredProposal> {
  const { ports, table } = room;
  const found = ports.agent(wanted.agent);
  if (found === undefined) throw new NarrowgateError("not_found", `there is no agent ${wanted.agent}`);
  if (ports.place === undefined)
    throw new NarrowgateError("conflict", "nobody can sign here: the settings name no approval origin");
  const seen = ports.standing(found, wanted);
  const release = releaseDigest(nodeSha256, seen.manifest);
  const tested = wanted.tested ?? (await ports.evaluate(found, wanted));
  checkTested(tested, release);
  const { entry, evaluation } = tested;
  // ORDER: looked at again after the evaluation, and from here on in one turn.
  const agent = ports.agent(wanted.agent) ?? found;
  const { manifest, deployment } = ports.standing(agent, wanted);
  if (releaseDigest(nodeSha256, manifest) !== release)
    throw new NarrowgateError(
      "release_drifted",
      "the registry changed while controls were evaluated; propose again",
    );
  const before = table.active(agent.ref)?.manifest;
  const nowMs = ports.clock.nowMs();
  const proposal: StoredProposal = {
    id: randomId(),
    handle: randomId(32),
    nonce: randomId(),
    state: "open",
    agent: agent.id,
    agentRef: agent.ref,
    author: { ref: operator, name: ports.operatorName(operator) ?? operator },
    manifest,
    deployment,
    ...(before === undefined ? {} : { before }),
    diff: releaseDiff(before, manifest),
    profile: ports.profile,
    evaluation,
    readiness: entry,
    proposedAtMs: nowMs,
    notAfterMs: nowMs + SIGNING_MS,
    given: [],
  };
  const older = withdrawn(room, agent.ref);
  const content: JsonObject = { manifest, deployment, diff: [...proposal.diff] };
  const own = { operator, not_after: proposal.notAfterMs };
  const { durable } = ports.evidence.record(
    [
      ...(older === undefined ? [] : [leafOf(older, "withdrawn", { operator })]),
      leafOf(proposal, "proposed", own, { proof: { request: jws }, content }),
    ],
    [...(older === undefined ? [] : [rowOf(older)]), rowOf(proposal)],
  );
  if (older !== undefined) table.put(older);
  table.put(proposal);
  await durable;
  return proposal;
}
