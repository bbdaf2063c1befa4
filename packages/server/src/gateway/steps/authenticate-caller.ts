import type { AccessTokenClaims, AgentRecord, MandateRecord, RegistryReader } from "@narrowgate/contracts";
import { intentClaim } from "../../platform/crypto-hash/intent-claim.ts";
import { digestOf } from "../digest.ts";
import type { RequestHeaders } from "../http/read-headers.ts";
import type { GatewayDeps } from "../ports.ts";
import { type Refusal, refuse } from "../refusal.ts";
import type { Caller, Known } from "../stages.ts";

const maxTokenChars = 16_384;

/** A request that presents a token: at the gate, or at another door of ours. */
export interface Presented {
  readonly headers: Pick<RequestHeaders, "get">;
  /** External URL: `htu` of its proof. */
  readonly url: string;
  /** Whom its token must be for, where that is not the URL itself. */
  readonly audience?: string;
  readonly known: Pick<Known, "caller" | "signedBody">;
  readonly req: { readonly method?: string | undefined };
}

/** What checking a caller needs. */
export type CallerDeps = Pick<
  GatewayDeps,
  "tokens" | "proofs" | "env" | "clock" | "registry" | "epochs" | "mandates" | "releases"
>;

function readToken(headers: Presented["headers"]): { readonly token: string } | Refusal {
  const value = headers.get("authorization");
  if (value === undefined)
    return refuse("invalid_token", { sentence: "Send an access token with a DPoP proof." });
  if (value.length > maxTokenChars) return refuse("invalid_token");
  const [, scheme = "", token = ""] = /^([A-Za-z-]+) +([A-Za-z0-9._~+/-]+=*)$/.exec(value) ?? [];
  if (scheme.toLowerCase() === "bearer") return refuse("bearer_refused");
  return scheme.toLowerCase() === "dpop" ? { token } : refuse("invalid_token");
}

/** The agent that presents a token: the outermost actor, or the client itself when it acts for nobody else. */
export function presenterOf(claims: AccessTokenClaims): string {
  return claims.act?.sub ?? claims.client_id;
}

function loadAgent(
  registry: RegistryReader,
  claims: AccessTokenClaims,
  nowMs: number,
): AgentRecord | Refusal {
  const agent = registry.agent(presenterOf(claims));
  if (agent === undefined || agent.state !== "active") return refuse("agent_inactive");
  return agent.expires * 1000 <= nowMs ? refuse("agent_expired") : agent;
}

function checkClaims(
  claims: AccessTokenClaims,
  { url, audience = url }: Presented,
  deps: CallerDeps,
): Refusal | undefined {
  // INVARIANT: the audience is this server and nothing near it; strings are compared as they stand.
  if (claims.aud !== audience || claims.ng.env !== deps.env) return refuse("invalid_token");
  return claims.exp * 1000 <= deps.clock.nowMs() ? refuse("invalid_token") : undefined;
}

/** What a risk tier asks of key and mandate, whatever was minted. */
function checkPosture({ ng }: AccessTokenClaims, { tier }: AgentRecord, env: string): Refusal | undefined {
  if (tier === "T3" && ng.basis === "asserted_by_agent") return refuse("subject_unproven");
  const isWeak = ng.assurance === "same-user key" && env === "prod" && tier !== "T1";
  return isWeak ? refuse("posture_refused") : undefined;
}

const ANOTHER_RELEASE = "Your token is of another release than the one in force; ask for a new one.";

/** A token of another release than the one in force is refused, however young it is. */
function checkRelease(
  { releases }: CallerDeps,
  { ng }: AccessTokenClaims,
  agent: AgentRecord,
): Refusal | undefined {
  const found = releases?.inForce(agent, { deployment: ng.release });
  if (found === undefined) return undefined;
  if (found.kind === "refused") return refuse(found.code);
  if (ng.release === found.deployment) return undefined;
  // With this code a client asks for a new token, which is of the release in force.
  return refuse("invalid_token", { sentence: ANOTHER_RELEASE });
}

/**
 * Whether what a token rests on holds now: epochs, agent, mandate, release, posture.
 * Trust: the token has verified.
 */
export function checkLife(
  deps: CallerDeps,
  claims: AccessTokenClaims,
): { readonly agent: AgentRecord; readonly mandate: MandateRecord } | Refusal {
  const nowMs = deps.clock.nowMs();
  if (deps.epochs.firstDead(claims.ng.epochs) !== undefined) return refuse("revoked");
  const agent = loadAgent(deps.registry, claims, nowMs);
  if ("kind" in agent) return agent;
  const open = deps.mandates.checkOpen(claims.ng.mandate, nowMs);
  if (open.kind === "refused") return refuse(open.code);
  // A token of one transaction cannot be used under the mandate of another.
  if (open.mandate.txn !== claims.txn) return refuse("invalid_token");
  if (claims.ng.intent !== intentClaim(open.mandate.document)) return refuse("invalid_token");
  const wrong = checkRelease(deps, claims, agent) ?? checkPosture(claims, agent, deps.env);
  return wrong ?? { agent, mandate: open.mandate };
}

/**
 * Checks who calls: token, audience, proof with its nonce and single use, body digest, revocation, agent, mandate.
 * ORDER: as in evidence rule E-17. Once the token has verified, a refusal can be attributed, and `known.caller` is set.
 * Trust: the headers are the client's. `body` is empty for requests without one.
 */
export async function authenticateCaller(
  deps: CallerDeps,
  presented: Presented,
  body: Uint8Array,
): Promise<Caller | Refusal> {
  const { headers, url, known, req } = presented;
  const sent = readToken(headers);
  if ("kind" in sent) return sent;
  const { token } = sent;
  const verified = await deps.tokens.verify(token);
  if (verified.kind === "refused") return refuse(verified.code);
  const { claims } = verified;
  const agentRef = deps.registry.agent(presenterOf(claims))?.ref;
  known.caller = { claims, token, ...(agentRef === undefined ? {} : { agentRef }) };
  const wrong = checkClaims(claims, presented, deps);
  if (wrong !== undefined) return wrong;
  const dpop = headers.get("dpop");
  if (dpop === undefined) return refuse("invalid_dpop_proof", { sentence: "Send exactly one DPoP header." });
  const proof = await deps.proofs.verify({ proof: dpop, method: req.method ?? "", url, accessToken: token });
  if (proof.kind === "refused") return refuse(proof.code);
  known.caller = { ...known.caller, dpop, use: proof.use };
  if (proof.jkt !== claims.cnf.jkt) return refuse("invalid_dpop_proof");
  const bodySigned = proof.bodySha256 !== undefined;
  if (bodySigned && proof.bodySha256 !== digestOf(body)) return refuse("invalid_dpop_proof");
  if (bodySigned) known.signedBody = body;
  const life = checkLife(deps, claims);
  return "kind" in life ? life : { claims, token, dpop, use: proof.use, bodySigned, ...life };
}
