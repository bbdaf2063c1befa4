import { outermostActor, rebindChain } from "@narrowgate/authority";
import { type Refusal, refuse } from "../outcome.ts";
import type { StsPorts } from "../ports.ts";
import type { Sourced } from "../stages.ts";
import { agentUrl, isHandOff } from "./check-target.ts";
import { TOKEN_TYPES } from "./parse-request.ts";
import { tokenName } from "./prepare-token.ts";

/** Who presented the parent: its outermost actor, or the agent itself when it is autonomous. */
function presenterOf(stage: Sourced): string {
  const { parentChain, subject } = stage.source;
  return parentChain === undefined ? subject.sub : outermostActor(parentChain).sub;
}

/** Continuation: the same presenter goes on, with the key its token is bound to. @returns `invalid_grant`, `chain_invalid` */
function checkContinuation(stage: Sourced, { issuer }: StsPorts): Sourced | Refusal {
  const parent = stage.source.parent;
  if (parent === undefined || parent.claims.cnf.jkt !== stage.proof.jkt)
    return refuse("invalid_grant", "the proof is not by the key the subject token is bound to");
  // INVARIANT: a hand-off token is of use once, in the rebind of the actor it names; its maker has the token it came from.
  if (isHandOff(issuer, parent.claims.aud)) return refuse("chain_invalid");
  return presenterOf(stage) === stage.client.id ? stage : refuse("chain_invalid");
}

/** The actor token is this very caller's own credential, direct and not delegated (step 7). */
async function checkActorToken(stage: Sourced, ports: StsPorts): Promise<Refusal | undefined> {
  const { params } = stage.request;
  const actorToken = params.get("actor_token") ?? "";
  if (params.get("actor_token_type") === TOKEN_TYPES.jwt) {
    // The caller has just proven itself by this very assertion: one credential, one use.
    const presented = params.get("client_assertion") ?? params.get("assertion");
    return actorToken === presented
      ? undefined
      : refuse("invalid_grant", "`actor_token` must be the client's own assertion");
  }
  const token = await ports.tokens.verify(actorToken);
  if (token.kind === "refused") return refuse("invalid_grant", "the actor token is not valid");
  const { claims } = token;
  if (claims.act !== undefined || claims.sub !== stage.client.id || claims.cnf.jkt !== stage.proof.jkt)
    return refuse("invalid_grant", "`actor_token` must be a direct token of the client, by its own key");
  return ports.epochs.firstDead(claims.ng.epochs) === undefined ? undefined : refuse("revoked");
}

/**
 * Rebind: the actor's own proof, a registered edge, and a hand-off token its holder made for this actor, used once.
 * INVARIANT: all three. The edge alone is a ceiling; the token alone may be stolen.
 */
async function checkRebind(stage: Sourced, ports: StsPorts): Promise<Sourced | Refusal> {
  const { source, client } = stage;
  const wrong = await checkActorToken(stage, ports);
  if (wrong !== undefined) return wrong;
  if (source.parent?.claims.aud !== agentUrl(ports.issuer, client.id)) return refuse("chain_invalid");
  const holder = ports.registry.agent(presenterOf(stage));
  if (holder?.state !== "active" || !holder.delegates.includes(client.id))
    return refuse("actor_unauthorized");
  const next = rebindChain(source.parentChain, { iss: ports.issuer, sub: client.id, subProfile: "ai_agent" });
  if (next.kind === "refused") return refuse("chain_too_deep");
  if (next.kind === "continued") return refuse("chain_invalid");
  const nowS = Math.floor(ports.clock.nowMs() / 1000);
  const used = ports.handOffs.take(tokenName(source.parent.claims.jti), source.parent.claims.exp, nowS);
  if (used === undefined) return refuse("replayed", "the hand-off token was used before");
  return { ...stage, source: { ...source, mode: "rebind", chain: next.chain, changes: used } };
}

/**
 * Who may go on from the subject token, and with which chain (steps 6 to 9).
 * @returns `invalid_grant`, `chain_invalid`, `chain_too_deep`, `actor_unauthorized`, `replayed`, `subject_unproven`
 * @see RFC 8693 sections 2.1, 4.1; docs/spec/authority.md section 7; docs/spec/token.md T-4
 */
export function checkDelegation(
  stage: Sourced,
  ports: StsPorts,
): Promise<Sourced | Refusal> | Sourced | Refusal {
  if (stage.client.tier === "T3" && stage.source.mandate.basis !== "signed_by_subject")
    return refuse("subject_unproven");
  return stage.request.params.has("actor_token")
    ? checkRebind(stage, ports)
    : checkContinuation(stage, ports);
}
