import type { AgentRecord } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import { type DescribedRelease, describeRelease, releaseJson } from "./describe-release.ts";
import { createReleaseReader, type InForce, type ReleaseReader } from "./in-force.ts";
import type { ReleasePorts, SignedRequest } from "./ports.ts";
import { promoteRelease } from "./promote.ts";
import { proposeRelease, type Wanted } from "./propose.ts";
import { createReleaseTable } from "./release-table.ts";
import { type RollBack, rollBack } from "./roll-back.ts";
import { driftNow, proposalOf, type ReleaseRoom } from "./room.ts";
import { type Answer, type Answered, signRelease } from "./sign-release.ts";
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
  promote(id: string, request: SignedRequest): Promise<JsonObject>;
  /** @throws `not_found`, `conflict`, `evidence_unavailable` */
  rollBack(wanted: RollBack, request: SignedRequest): Promise<JsonObject>;
  /** Newest first. */
  list(): readonly JsonObject[];
  /** @throws `not_found` */
  show(id: string): JsonObject;
  /** What its page shows; undefined for a handle nobody was given. */
  describe(handle: string): DescribedRelease | undefined;
  /** A proposal, whatever became of it. @throws `not_found` */
  proposal(id: string): StoredProposal;
  /** What is active for an agent, as it was proposed. */
  active(agent: AgentRecord): StoredProposal | undefined;
}

function showing(room: ReleaseRoom, proposal: StoredProposal): JsonObject {
  const { manifest, deployment, evaluation } = proposal;
  const { changes, stops } = driftNow(room, proposal);
  return {
    ...releaseJson(room, proposal),
    manifest,
    deployment_document: deployment,
    evaluation,
    drift: { stops: [...stops], changes: [...changes] },
  };
}

/** Loads what was proposed and promoted before the first request is served. */
export async function openReleases(ports: ReleasePorts): Promise<Releases> {
  const room: ReleaseRoom = { ports, table: createReleaseTable(await loadProposals(ports.state)) };
  const reader = createReleaseReader(room);
  return {
    inForce: (agent): InForce => reader.inForce(agent),
    propose: async (wanted, request) => releaseJson(room, await proposeRelease(room, wanted, request)),
    sign: (answer) => signRelease(room, answer),
    promote: async (id, request) => releaseJson(room, await promoteRelease(room, id, request)),
    async rollBack(wanted, request) {
      const { ended, active, drifted } = await rollBack(room, wanted, request);
      return {
        ended: releaseJson(room, ended),
        ...(active === undefined ? {} : { active: releaseJson(room, active) }),
        ...(drifted === undefined ? {} : { drifted }),
      };
    },
    list: () => room.table.list().map((proposal) => releaseJson(room, proposal)),
    show: (id) => showing(room, proposalOf(room, id)),
    describe: (handle) => describeRelease(room, handle),
    proposal: (id) => proposalOf(room, id),
    active: (agent) => room.table.active(agent.ref),
  };
}
