import { hash } from "node:crypto";
import type { DraftOrNext, LeafDraft, RecordedLeaf } from "@narrowgate/contracts";
import { invariant, isNarrowgateError, type JsonObject } from "@narrowgate/kernel";
import { wireOf } from "../known-authority.ts";
import { type Refusal, refuse } from "../outcome.ts";
import type { MintDecision, StsPorts } from "../ports.ts";
import type { Authenticated, Committed, Prepared } from "../stages.ts";
import { tokenName } from "./prepare-token.ts";

/** In the last second of a break-glass nothing is given under it, in milliseconds. */
const LAST_MS = 1000;

function decide(stage: Prepared, ports: StsPorts): MintDecision {
  const actors = [...new Set(stage.source.chain?.map(({ sub }) => sub) ?? [stage.client.id])];
  return ports.decideMint({
    action: stage.source.mode === "root" ? "mint_token" : "exchange_token",
    client: stage.client,
    instance: stage.instance,
    mandate: stage.source.mandate,
    actors,
    target: stage.target,
    scopes: stage.granted.scope,
    nowMs: ports.clock.nowMs(),
    bodySigned: stage.proof.bodySha256 !== undefined,
    ...(stage.release === undefined ? {} : { release: stage.release.deployment }),
  });
}

/** The exact credentials of this request; they are sealed, the leaf holds their commitment. */
export function proofPart(stage: Authenticated, url: string): JsonObject {
  const { params } = stage.request;
  const sent = ["client_assertion", "subject_token", "actor_token", "assertion"] as const;
  const found = sent.flatMap((name) => {
    const value = params.get(name);
    return value === undefined ? [] : [[name === "assertion" ? "client_assertion" : name, value]];
  });
  return { dpop: stage.dpop, htm: "POST", htu: url, ...Object.fromEntries(found) };
}

function decisionDraft(stage: Prepared, decision: MintDecision, ports: StsPorts): LeafDraft {
  const parent = stage.source.parent;
  // A mandate that is not opened because its first token is refused leaves no transaction behind.
  const opened = decision.verdict === "permit" || stage.source.opening === undefined;
  return {
    type: "decision",
    ...(opened ? { txn: stage.source.mandate.txn } : {}),
    agent: stage.client.ref,
    body: {
      action: stage.source.mode === "root" ? "mint" : "exchange",
      verdict: decision.verdict,
      ...(decision.code === undefined ? {} : { code: decision.code }),
      policy: decision.policy,
      procedure: decision.procedure,
      feed: ports.epochs.position(),
      ...(parent === undefined ? {} : { token: tokenName(parent.claims.jti) }),
      use: stage.proof.use,
      ...(opened ? { mandate: stage.source.mandate.id } : {}),
      instance: stage.instance.ref,
    },
    proof: proofPart(stage, stage.url),
    inputs: decision.inputs,
    content: {
      request: { target: stage.target, ...stage.requested },
      policies: [...decision.policies],
      reason: decision.reason,
      ...(decision.requires === undefined ? {} : { requires: [...decision.requires] }),
    },
  };
}

function tokenDraft(stage: Prepared, decision: RecordedLeaf): LeafDraft {
  const parent = stage.source.parent;
  const { claims, signingInput } = stage;
  return {
    type: "token",
    txn: stage.source.mandate.txn,
    agent: stage.client.ref,
    body: {
      decision: decision.id,
      token: tokenName(claims.jti),
      digest: hash("sha256", signingInput, "base64url"),
      ...(parent === undefined ? {} : { parent: tokenName(parent.claims.jti) }),
      mode: stage.source.mode,
      jkt: claims.cnf.jkt,
      expires_s: claims.exp,
      epochs: claims.ng.epochs.map((pair) => [...pair]),
    },
    proof: { signing_input: signingInput },
    content: {
      requested: stage.requested,
      granted: wireOf(stage.granted),
      actor_ceiling: wireOf(stage.actorCeiling),
      client_ceiling: wireOf(stage.clientCeiling),
    },
  };
}

/** Drafts of one mint, in log order. ORDER: the mandate that is opened with it stands before what depends on it. */
function permitGroup(stage: Prepared, decision: MintDecision, ports: StsPorts): readonly DraftOrNext[] {
  const opening = stage.source.opening?.draft;
  const nameDecision = (earlier: readonly RecordedLeaf[]): LeafDraft => {
    const leaf = earlier.at(-1);
    invariant(leaf !== undefined, "a token leaf follows its decision");
    return tokenDraft(stage, leaf);
  };
  return [...(opening === undefined ? [] : [opening]), decisionDraft(stage, decision, ports), nameDecision];
}

/**
 * What was taken away since the caller was recognised. The token's own epochs cannot tell for agent and instance: they
 * were read after that.
 */
function checkWithdrawn({ claims, client, instance, proof }: Prepared, ports: StsPorts): Refusal | undefined {
  if (ports.epochs.firstDead(claims.ng.epochs) !== undefined) return refuse("revoked");
  if (ports.registry.agent(client.id)?.state !== "active") return refuse("agent_inactive");
  const released = ports.releases?.inForce(client, { mandate: claims.ng.mandate });
  if (released?.kind === "refused") return refuse(released.code, released.why);
  // The log would say that another release was in force where this token was minted (release.md R-10).
  if (released !== undefined && released.deployment !== claims.ng.release) return refuse("release_required");
  // The record gets its time a moment later, and none of a break-glass may stand at its end or behind it (release.md R-24).
  if (released?.untilMs !== undefined && released.untilMs - ports.clock.nowMs() <= LAST_MS)
    return refuse("release_required", "the break-glass is about to end");
  const isLive = ports.attestation.instance(client.id, proof.jkt)?.ref === instance.ref;
  return isLive ? undefined : refuse("revoked");
}

async function recordPermit(
  stage: Prepared,
  decision: MintDecision,
  ports: StsPorts,
): Promise<Refusal | undefined> {
  // ORDER: asked again in the very turn the record is queued: what was revoked meanwhile must not get a permit after it.
  const withdrawn = checkWithdrawn(stage, ports);
  if (withdrawn !== undefined) return withdrawn;
  const opening = stage.source.opening;
  const changes = [...(stage.source.changes ?? []), ...(opening?.changes ?? [])];
  const recorded = ports.evidence.record(permitGroup(stage, decision, ports), changes);
  opening?.admit();
  await recorded.durable;
  return undefined;
}

/**
 * Asks policy, then puts decision and token on record, and waits until they are durable (steps 10 and 15).
 * INVARIANT: no token before its evidence: only this step makes a `Committed`, and only that can be signed.
 * @returns the policy's code, or `evidence_unavailable`
 */
export async function decideAndRecord(stage: Prepared, ports: StsPorts): Promise<Committed | Refusal> {
  const decision = decide(stage, ports);
  try {
    if (decision.verdict === "permit")
      return (await recordPermit(stage, decision, ports)) ?? { ...stage, committed: true };
    await ports.evidence.record([decisionDraft(stage, decision, ports)]).durable;
    return refuse(decision.code ?? "policy_denied", decision.reason);
  } catch (error) {
    if (!isNarrowgateError(error)) throw error;
    return refuse("evidence_unavailable", undefined, error.code);
  }
}
