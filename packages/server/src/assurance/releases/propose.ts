import {
  type AgentRecord,
  type Evaluation,
  parseDeployment,
  parseReleaseManifest,
  profileDigest,
  type ReleaseManifest,
  type ReleasePack,
  releaseDigest,
} from "@narrowgate/contracts";
import { NarrowgateError, randomId } from "@narrowgate/kernel";
import { nodeSha256 } from "../../platform/crypto-hash/sha256.ts";
import { askedLeaf, newProposal } from "./new-proposal.ts";
import type { PolicyNames, RecordedEvaluation, SignedRequest, Stated } from "./ports.ts";
import { leafOf } from "./release-leaf.ts";
import type { ReleaseRoom } from "./room.ts";
import { rowOf, type StoredProposal } from "./stored-proposal.ts";

/** How long the four have. */
export const SIGNING_MS: number = 7 * 24 * 3_600_000;

/** What an operator proposes. */
export interface Wanted extends Stated {
  readonly agent: string;
  /** Where this very release was tested elsewhere: what was found there, with its proof. Attacker-controlled. */
  readonly tested?: ReleasePack;
}

/** ORDER: before anything is verified or put on record, since the pack itself says what it is about. */
function checkSame({ release: tested, agent: named }: ReleasePack, agent: string, release: string): void {
  if (tested === release && named === agent) return;
  throw new NarrowgateError(
    "release_drifted",
    "what was tested is not what is registered here; apply what was tested, then propose it",
  );
}

/** Held to the same profile, and by now not older than a result may be. */
function checkFit({ ports }: ReleaseRoom, { evaluation }: { readonly evaluation: Evaluation }): void {
  const { at, profile, results } = evaluation;
  if (profile !== profileDigest(nodeSha256, ports.profile))
    throw new NarrowgateError(
      "release_not_ready",
      "it was tested under another gate profile than this instance asks for",
    );
  const wanted = new Set(ports.profile.controls);
  const age = ports.clock.nowMs() - at;
  const old = results.filter(({ control, max_age_s }) => wanted.has(control) && age > max_age_s * 1000);
  if (old.length > 0)
    throw new NarrowgateError(
      "release_not_ready",
      `it was tested too long ago for ${old.map(({ control }) => control).join(", ")}; test it again`,
    );
}

/** What the four are shown: found here now, or where the release was tested. */
async function evaluated(
  room: ReleaseRoom,
  { agent, release }: { readonly agent: AgentRecord; readonly release: string },
  wanted: Wanted,
  request: SignedRequest,
): Promise<RecordedEvaluation> {
  const { ports } = room;
  if (wanted.tested === undefined) return ports.evaluate(agent, wanted);
  checkSame(wanted.tested, agent.id, release);
  const tested = await ports.verifyTested(wanted.tested);
  checkFit(room, tested);
  return ports.recordTested(agent, tested, request);
}

/** A proposal that another one takes the place of. */
function withdrawn(room: ReleaseRoom, agentRef: string): StoredProposal | undefined {
  const open = room.table.open(agentRef);
  return open === undefined ? undefined : { ...open, state: "withdrawn" };
}

/** Names of those policies that either side has. */
function namesOf(known: PolicyNames, sides: readonly (ReleaseManifest | undefined)[]): PolicyNames {
  const digests = new Set(sides.flatMap((side) => side?.policies ?? []));
  return Object.fromEntries(Object.entries(known).filter(([digest]) => digests.has(digest)));
}

/**
 * Proposes an agent as it stands: records what would be released, what it rests on and what changes, for the four to sign.
 * @throws `not_found`, `conflict` without a place to sign, `release_drifted`, `release_not_ready`, `verification_failed`,
 * `malformed_input` for more than a release can say, `policy_missing`, `evidence_unavailable`
 */
export async function proposeRelease(
  room: ReleaseRoom,
  wanted: Wanted,
  request: SignedRequest,
): Promise<StoredProposal> {
  const { ports, table } = room;
  const { operator } = request;
  const found = ports.agent(wanted.agent);
  if (found === undefined) throw new NarrowgateError("not_found", `there is no agent ${wanted.agent}`);
  if (ports.place === undefined)
    throw new NarrowgateError("conflict", "nobody can sign here: the settings name no approval origin");
  const seen = ports.standing(found, wanted);
  const release = releaseDigest(nodeSha256, seen.manifest);
  const { entry, evaluation } = await evaluated(room, { agent: found, release }, wanted, request);
  if (evaluation.release !== release)
    throw new NarrowgateError(
      "release_drifted",
      "the registry changed before controls were evaluated; propose again",
    );
  // ORDER: looked at again after the evaluation, and from here on in one turn.
  const agent = ports.agent(wanted.agent) ?? found;
  const standing = ports.standing(agent, wanted);
  // What is kept is read again at each start: what could not be is refused here, while nothing depends on it.
  const manifest = parseReleaseManifest(standing.manifest);
  const deployment = parseDeployment(standing.deployment);
  if (releaseDigest(nodeSha256, manifest) !== release)
    throw new NarrowgateError(
      "release_drifted",
      "the registry changed while controls were evaluated; propose again",
    );
  const running = table.active(agent.ref);
  const before = running?.manifest;
  const asked = {
    id: randomId(),
    agent,
    manifest,
    deployment,
    before,
    evaluation,
    entry,
    signingMs: SIGNING_MS,
  };
  const proposal: StoredProposal = {
    ...newProposal(room, operator, asked),
    policyNames: namesOf({ ...running?.policyNames, ...standing.policyNames }, [before, manifest]),
  };
  const older = withdrawn(room, agent.ref);
  const { durable } = ports.evidence.record(
    [
      ...(older === undefined ? [] : [leafOf(older, "withdrawn", { operator })]),
      askedLeaf(proposal, "proposed", request),
    ],
    [...(older === undefined ? [] : [rowOf(older)]), rowOf(proposal), ...ports.keepPolicies()],
  );
  if (older !== undefined) table.put(older);
  table.put(proposal);
  await durable;
  return proposal;
}
