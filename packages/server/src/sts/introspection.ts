import type { AccessTokenClaims } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";
import { isRefusal } from "./outcome.ts";
import type { StsPorts } from "./ports.ts";
import { authenticateByAssertion } from "./steps/authenticate-client.ts";
import { isOfReleaseInForce } from "./steps/check-release.ts";
import { agentUrl } from "./steps/check-target.ts";
import { type Answer, refusalAnswer } from "./token-endpoint.ts";

const INACTIVE: JsonObject = { active: false };

/** Whether what a token rests on holds now, as a gate asks: epochs, the agent that presents it, mandate, release. */
function isAlive(claims: AccessTokenClaims, ports: StsPorts): boolean {
  const { act, client_id: client, ng } = claims;
  const nowMs = ports.clock.nowMs();
  if (ports.epochs.firstDead(ng.epochs) !== undefined) return false;
  const holder = ports.registry.agent(act?.sub ?? client);
  if (holder?.state !== "active" || holder.expires * 1000 <= nowMs) return false;
  return ports.mandates.checkOpen(ng.mandate, nowMs).kind === "open" && isOfReleaseInForce(claims, ports);
}

async function describe(jws: string, caller: string, ports: StsPorts): Promise<JsonObject> {
  const token = await ports.tokens.verify(jws);
  if (token.kind === "refused") return INACTIVE;
  const { claims } = token;
  const mine = claims.aud === agentUrl(ports.issuer, caller) || claims.client_id === caller;
  if (!mine || !isAlive(claims, ports)) return INACTIVE;
  const { iss, aud, sub, client_id, scope, exp, iat, jti, txn, act, cnf, authorization_details } = claims;
  return {
    active: true,
    token_type: "DPoP",
    ...{ iss, aud, sub, client_id, scope, exp, iat, jti, txn, cnf, authorization_details },
    ...(act === undefined ? {} : { act }),
  };
}

/**
 * Token introspection for agents that are resource servers: active only for a token made for, or by, the caller.
 * INVARIANT: no oracle: unknown, expired, revoked, of another release than the one in force, and not-for-you are the same
 * answer.
 * @see RFC 7662 section 2
 */
export async function answerIntrospection(
  params: ReadonlyMap<string, string>,
  ports: StsPorts,
): Promise<Answer> {
  const caller = await authenticateByAssertion(params, ports);
  if (isRefusal(caller)) return refusalAnswer(caller, ports.proofs.nonce());
  const body = await describe(params.get("token") ?? "", caller.client.id, ports);
  return { status: 200, headers: { "cache-control": "no-store" }, body };
}
