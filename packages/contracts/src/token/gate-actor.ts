import type { AccessTokenClaims } from "./claims.ts";

/**
 * Name of the gate of an issuer as an actor. No agent can have it: an agent id holds no slash.
 * @param issuer - base URL without a trailing slash
 * @see docs/spec/token.md T-6
 */
export function gateActorId(issuer: string): string {
  return `${issuer}/gate`;
}

/**
 * Tells whether a token is one the gate cut for itself, to present it to an upstream for one call.
 * Trust: says what the claims say; whoever relies on it has verified the signature.
 * @see docs/spec/token.md T-6
 */
export function isUpstreamToken({
  iss,
  act,
  client_id,
}: Pick<AccessTokenClaims, "iss" | "act" | "client_id">): boolean {
  return act?.iss === iss && act.sub === gateActorId(iss) && client_id === act.sub;
}
