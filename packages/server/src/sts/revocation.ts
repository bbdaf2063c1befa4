import { isRefusal } from "./outcome.ts";
import type { StsPorts } from "./ports.ts";
import { authenticateByAssertion } from "./steps/authenticate-client.ts";
import { tokenName } from "./steps/prepare-token.ts";
import { type Answer, refusalAnswer } from "./token-endpoint.ts";

/**
 * Token revocation by the client that obtained it: the token and everything cut from it die with one epoch.
 * Guarantee: durable before the answer. An unknown token is answered 200, as the RFC demands.
 * @see RFC 7009 section 2
 */
export async function answerRevocation(
  params: ReadonlyMap<string, string>,
  ports: StsPorts,
): Promise<Answer> {
  const caller = await authenticateByAssertion(params, ports);
  if (isRefusal(caller)) return refusalAnswer(caller, ports.proofs.nonce());
  const token = await ports.tokens.verify(params.get("token") ?? "");
  if (token.kind === "token" && token.claims.client_id === caller.client.id)
    await ports.revokeToken(tokenName(token.claims.jti), caller.client.ref);
  return { status: 200, headers: { "cache-control": "no-store" }, body: {} };
}
