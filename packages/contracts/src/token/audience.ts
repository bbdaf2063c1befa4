import { MAX_NAME_LENGTH } from "../registry/parse-agent.ts";
import type { AccessTokenClaims } from "./claims.ts";
import { gateActorId } from "./gate-actor.ts";

/** Longest life of a token that the gate cuts for itself, in seconds. */
export const MAX_UPSTREAM_TOKEN_LIFE_SECONDS = 60;

const plainName = /^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/;

function isNamedBelow(uri: string, base: string): boolean {
  const name = uri.startsWith(base) ? uri.slice(base.length) : "";
  return name.length <= MAX_NAME_LENGTH && plainName.test(name);
}

/**
 * Tells whether a token is handed to another agent: its audience is the address of an agent of its issuer.
 * Trust: says what the claims say; whoever relies on it has verified the signature.
 * @see docs/spec/token.md T-4
 */
export function isHandOffToken({ iss, aud }: Pick<AccessTokenClaims, "iss" | "aud">): boolean {
  return isNamedBelow(aud, `${iss}/agents/`);
}

/** What is wrong with a token that names the gate as its client or its actor; undefined when nothing is. */
function upstreamFault({ iss, exp, iat, act, client_id, ng }: AccessTokenClaims): string | undefined {
  const gate = gateActorId(iss);
  if (act?.iss !== iss || act.sub !== gate || client_id !== gate)
    return "/act: the gate must be both the client and the outermost actor";
  const [reach = "", ...more] = ng.reach;
  if (more.length > 0 || !isNamedBelow(reach, `${iss}/mcp/`))
    return "/ng/reach: must be the one server that is called";
  if (exp - iat > MAX_UPSTREAM_TOKEN_LIFE_SECONDS) return "/exp: must be at most 60 seconds after iat";
  return ng.parent === undefined ? "/ng/parent: the gate has no authority of its own" : undefined;
}

/**
 * Checks what a token is aimed at: a resource within its reach, an agent, or an upstream.
 * @returns what is wrong, beginning with where, or undefined
 * @see docs/spec/token.md T-4, T-5, T-6
 */
export function audienceFault(claims: AccessTokenClaims): string | undefined {
  const gate = gateActorId(claims.iss);
  if (claims.client_id === gate || claims.act?.sub === gate) return upstreamFault(claims);
  return claims.ng.reach.includes(claims.aud) || isHandOffToken(claims)
    ? undefined
    : "/ng/reach: must hold the audience";
}
