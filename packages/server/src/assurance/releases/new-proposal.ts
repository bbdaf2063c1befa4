import {
  type AgentRecord,
  type Deployment,
  type Evaluation,
  type LeafDraft,
  type ReleaseManifest,
  releaseDiff,
} from "@narrowgate/contracts";
import { type JsonObject, randomId } from "@narrowgate/kernel";
import type { SignedRequest } from "./ports.ts";
import { leafOf } from "./release-leaf.ts";
import type { ReleaseRoom } from "./room.ts";
import type { StoredProposal } from "./stored-proposal.ts";

/** What people are asked to sign for: an agent as it stands, and what was found of it. */
export interface AskedFor {
  readonly id: string;
  readonly agent: AgentRecord;
  readonly manifest: ReleaseManifest;
  readonly deployment: Deployment;
  /** What was in force before. */
  readonly before: ReleaseManifest | undefined;
  readonly evaluation: Evaluation;
  /** The leaf that has the evaluation. */
  readonly entry: string;
  /** How long people have to sign, in milliseconds. */
  readonly signingMs: number;
}

/** A proposal as it is put to people, which nobody has signed. @param operator - ref of who asks */
export function newProposal({ ports }: ReleaseRoom, operator: string, asked: AskedFor): StoredProposal {
  const { id, agent, manifest, deployment, before, evaluation, entry, signingMs } = asked;
  const nowMs = ports.clock.nowMs();
  return {
    id,
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
    notAfterMs: nowMs + signingMs,
    given: [],
  };
}

/** The leaf that says it was asked for, and by whom. @param more - what is asked for beside a release */
export function askedLeaf(
  proposal: StoredProposal,
  what: "proposed" | "glass_asked",
  { operator, jws }: SignedRequest,
  more: JsonObject = {},
): LeafDraft {
  const { manifest, deployment, diff, notAfterMs } = proposal;
  const content: JsonObject = { manifest, deployment, diff: [...diff], ...more };
  return leafOf(proposal, what, { operator, not_after: notAfterMs }, { proof: { request: jws }, content });
}
