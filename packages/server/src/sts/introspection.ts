import type { JsonObject } from "@narrowgate/kernel";
import { isRefusal } from "./outcome.ts";
import type { StsPorts } from "./ports.ts";
import { authenticateByAssertion } from "./steps/authenticate-client.ts";
import { agentUrl } from "./steps/check-target.ts";
import { type Answer, refusalAnswer } from "./token-endpoint.ts";

const INACTIVE: JsonObject = { active: false };

async function describe(jws: string, caller: string, ports: StsPorts): Promise<JsonObject> {
  const token = await ports.tokens.verify(jws);
  if (token.kind === "refused") return INACTIVE;
  const { claims } = token;
  const mine = claims.aud === agentUrl(ports.issuer, caller) || claims.client_id === caller;
  if (!mine || ports.epochs.firstDead(claims.ng.epochs) !== undefined) return INACTIVE;
  if (ports.mandates.checkOpen(claims.ng.mandate, ports.clock.nowMs()).kind === "refused") return INACTIVE;
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
 * INVARIANT: no oracle: unknown, expired, revoked and not-for-you are the same answer.
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
