import type { AgentRecord, StateChange } from "@narrowgate/contracts";
import { isNarrowgateError, type JsonObject, NarrowgateError } from "@narrowgate/kernel";
import { completeCanary, startCanary, takeBackCanary } from "./canary.ts";
import { type ChangingCall, type ChangingCalls, changingCalls, changingRow } from "./changing-calls.ts";
import { type DescribedRelease, describeRelease, releaseJson } from "./describe-release.ts";
import { nameOf } from "./drift.ts";
import { askGlass, type WantedGlass } from "./glass/ask-glass.ts";
import { type DescribedGlass, describeGlass, glassJson } from "./glass/describe-glass.ts";
import { endGlass, type GlassEnd, glassEndsWith } from "./glass/end-glass.ts";
import { createGlassTable, loadGlasses } from "./glass/glass-table.ts";
import { type AnsweredGlass, answerGlass } from "./glass/sign-glass.ts";
import { createReleaseReader, type InForce, type ReleaseReader } from "./in-force.ts";
import type { ReleasePorts, SignedRequest } from "./ports.ts";
import { promoteRelease } from "./promote.ts";
import { proposeRelease, type Wanted } from "./propose.ts";
import { createReleaseTable } from "./release-table.ts";
import { type RollBack, type RolledBack, rollBack } from "./roll-back.ts";
import { driftNow, proposalOf, type ReleaseRoom } from "./room.ts";
import { type Answered, signRelease } from "./sign-release.ts";
import type { Answer } from "./signed-answer.ts";
import { createStandingWords, type StandingWords } from "./standing-words.ts";
import { loadProposals, type StoredProposal } from "./stored-proposal.ts";

/** The releases room: what may run where releases are required, and who signed it. */
export interface Releases extends ReleaseReader {
  /**
   * @throws `not_found`, `conflict`, `release_drifted`, `release_not_ready`, `verification_failed`, `policy_missing`,
   * `evidence_unavailable`
   */
  propose(wanted: Wanted, request: SignedRequest): Promise<JsonObject>;
  /** @throws `approval_invalid`, `signer_not_eligible`, `evidence_unavailable` */
  sign(answer: Answer): Promise<Answered>;
  /** @throws `release_not_signed`, `release_not_ready`, `release_drifted`, `conflict`, `not_found`, `evidence_unavailable` */
  promote(id: string, request: SignedRequest, share?: number): Promise<JsonObject>;
  /** @throws `not_found`, `conflict`, `evidence_unavailable` */
  rollBack(wanted: RollBack, request: SignedRequest): Promise<JsonObject>;
  /**
   * @throws `not_found`, `conflict`, `malformed_input`, `glass_unreviewed`, `release_drifted`, `policy_missing`,
   * `evidence_unavailable`
   */
  askGlass(wanted: WantedGlass, request: SignedRequest): Promise<JsonObject>;
  /** The end of an agent's break-glasses, open or asked for, for the commit that suspends or retires the agent; undefined without one. */
  glassEndsWith(agentRef: string, request: SignedRequest): GlassEnd | undefined;
  /** @throws `approval_invalid`, `signer_not_eligible`, `release_drifted`, `evidence_unavailable` */
  answerGlass(answer: Answer): Promise<AnsweredGlass>;
  /** What its page shows; undefined for a handle nobody was given. */
  describeGlass(handle: string): Promise<DescribedGlass | undefined>;
  /** Every break-glass, newest first. */
  glasses(): readonly JsonObject[];
  /** Newest first. */
  list(): readonly JsonObject[];
  /** @throws `not_found` */
  show(id: string): JsonObject;
  /** What its page shows; undefined for a handle nobody was given. */
  describe(handle: string): DescribedRelease | undefined;
  /** The row by which a call under a deployment is found again. */
  changing(deployment: string, call: ChangingCall): StateChange;
  /** Calls under a release that changed something. @param id - of the proposal, or the digest of its deployment. @throws `not_found` */
  changed(
    id: string,
  ): Promise<{ readonly agent: string; readonly deployment: string; readonly calls: ChangingCalls }>;
  /** A proposal, or what a break-glass is for, whatever became of it. @throws `not_found` */
  proposal(id: string): StoredProposal;
  /** Digest of the policies under which a deployment is decided about. @throws `policy_missing` */
  policyOf(deployment: string): string;
  /** What is in force, by agent, with the digest of its policies. */
  inUse(): readonly { readonly agent: string; readonly policy: string }[];
  /** Whether a deployment is that of a break-glass of this agent, over or not. */
  isGlassOf(agent: AgentRecord, deployment: string): boolean;
  /** What is active for an agent, as it was proposed. */
  active(agent: AgentRecord): StoredProposal | undefined;
  /** Whether that still is what was signed, all its tools among it; undefined where none is active. */
  isStanding(agent: AgentRecord): boolean | undefined;
}

function showing(room: ReleaseRoom, proposal: StoredProposal): JsonObject {
  const { manifest, deployment, evaluation } = proposal;
  const { changes, stops, policyNames } = driftNow(room, proposal, "newest");
  // What is in force decides by its own policies: newer ones are a difference, and stop nothing.
  const stopped =
    proposal.state === "active" || proposal.state === "canary" ? driftNow(room, proposal).stops : stops;
  return {
    ...releaseJson(room, proposal),
    policy_names: { ...policyNames, ...proposal.policyNames },
    manifest,
    deployment_document: deployment,
    evaluation,
    drift: { stops: [...stopped], changes: [...changes] },
  };
}

/** In a list, what is in force says whether it still is what was signed. */
function listed(room: ReleaseRoom, proposal: StoredProposal, wordsOf: StandingWords): JsonObject {
  const line = releaseJson(room, proposal);
  return proposal.state === "active" || proposal.state === "canary"
    ? { ...line, stands: wordsOf(proposal) }
    : line;
}

/** Brings into force: whole, for a share of the mandates, or what had a share so far. */
function promoted(
  room: ReleaseRoom,
  { id, share }: { readonly id: string; readonly share: number | undefined },
  request: SignedRequest,
): Promise<StoredProposal> {
  if (share !== undefined) return startCanary(room, { id, share }, request);
  const isCanary = room.table.byId(id)?.state === "canary";
  return isCanary ? completeCanary(room, id, request) : promoteRelease(room, id, request);
}

/** Takes a canary back where there is one, else the release in force. */
function takenBack(room: ReleaseRoom, wanted: RollBack, request: SignedRequest): Promise<RolledBack> {
  const agent = room.ports.agent(wanted.agent);
  const canary = agent === undefined ? undefined : room.table.canary(agent.ref);
  return canary === undefined
    ? rollBack(room, wanted, request)
    : takeBackCanary(room, canary, wanted, request);
}

/** Makes ready what decides, or may soon. A release whose policies are lost gets no token, and says so. */
async function prepareAll({ ports, table, glasses }: ReleaseRoom): Promise<void> {
  const releases = table.list().filter(({ state }) => ["active", "canary", "open"].includes(state));
  const through = glasses.list().filter(({ state }) => state === "asked" || state === "open");
  for (const { deployment } of [...releases, ...through.map(({ proposal }) => proposal)]) {
    try {
      await ports.preparePolicies(deployment.policy);
    } catch (cause) {
      if (!isNarrowgateError(cause) || cause.code !== "policy_missing") throw cause;
    }
  }
}

/** Loads what was proposed and promoted before the first request is served. */
export async function openReleases(ports: ReleasePorts): Promise<Releases> {
  const room: ReleaseRoom = {
    ports,
    table: createReleaseTable(await loadProposals(ports.state)),
    glasses: createGlassTable(await loadGlasses(ports.state)),
  };
  await prepareAll(room);
  const reader = createReleaseReader(room);
  const wordsOf = createStandingWords(room);
  return {
    inForce: (agent, under): InForce => reader.inForce(agent, under),
    propose: async (wanted, request) => releaseJson(room, await proposeRelease(room, wanted, request)),
    sign: (answer) => signRelease(room, answer),
    async promote(id, request, share) {
      const done = await promoted(room, { id, share }, request);
      const glass = room.glasses.open(done.agentRef, ports.clock.nowMs());
      if (glass !== undefined) await endGlass(room, glass, "a signed release is in force", request);
      return releaseJson(room, done);
    },
    async rollBack(wanted, request) {
      const { ended, active, drifted } = await takenBack(room, wanted, request);
      return {
        ended: releaseJson(room, ended),
        ...(active === undefined ? {} : { active: releaseJson(room, active) }),
        ...(drifted === undefined ? {} : { drifted }),
      };
    },
    askGlass: async (wanted, request) => glassJson(room, await askGlass(room, wanted, request)),
    glassEndsWith: (agentRef, request) => glassEndsWith(room, agentRef, request),
    answerGlass: (answer) => answerGlass(room, answer),
    describeGlass: (handle) => describeGlass(room, handle),
    glasses: () => room.glasses.list().map((glass) => glassJson(room, glass)),
    list: () => room.table.list().map((proposal) => listed(room, proposal, wordsOf)),
    show: (id) => showing(room, proposalOf(room, id)),
    describe: (handle) => describeRelease(room, handle),
    changing: changingRow,
    async changed(id) {
      const found =
        room.table.byId(id) ??
        room.table.list().find((one) => nameOf(one) === id) ??
        room.glasses.byDeployment(id)?.proposal;
      if (found === undefined) throw new NarrowgateError("not_found", "there is no such release");
      const deployment = nameOf(found);
      return { agent: found.agent, deployment, calls: await changingCalls(ports.state, deployment) };
    },
    proposal: (id) => room.glasses.byId(id)?.proposal ?? proposalOf(room, id),
    policyOf(deployment) {
      const glass = room.glasses.byDeployment(deployment);
      const digest = room.table.policyOf(deployment) ?? glass?.proposal.deployment.policy;
      if (digest !== undefined) return digest;
      throw new NarrowgateError("policy_missing", "nobody proposed the release that this token names");
    },
    inUse: () =>
      room.table
        .list()
        .filter(({ state }) => state === "active" || state === "canary")
        .map(({ agent, deployment }) => ({ agent, policy: deployment.policy })),
    isGlassOf: ({ ref }, deployment) => room.glasses.byDeployment(deployment)?.proposal.agentRef === ref,
    active: (agent) => room.table.active(agent.ref),
    isStanding({ ref }) {
      const active = room.table.active(ref);
      if (active === undefined) return undefined;
      const { stops, left } = wordsOf(active);
      return stops.length === 0 && left === 0;
    },
  };
}
