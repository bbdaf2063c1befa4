import { closeMandate, type TokenClient } from "@narrowgate/agent";
import { formatAuthority, parseAuthority } from "@narrowgate/authority";
import { type AccessTokenClaims, parseAccessTokenClaims, parseCompactJws } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";

async function claimsFor(client: TokenClient, resource: string): Promise<AccessTokenClaims> {
  const { accessToken } = await client.request({ grant_type: "client_credentials", resource });
  // TRUST: the token came from the issuer over its own connection; what it says only shapes our own request.
  return parseAccessTokenClaims(parseCompactJws(accessToken, { maxBytes: 16_384 }).payload);
}

/**
 * What the agent may do at these servers at most: asked of the token service by a token on the agent's own behalf, which
 * dies with its own short mandate before this returns.
 * @throws with the code of the refusal, such as `subject_unproven` for an agent of tier T3
 */
export async function learnAuthority(client: TokenClient, resources: readonly string[]): Promise<JsonObject> {
  const learned: AccessTokenClaims[] = [];
  for (const resource of resources) {
    const claims = await claimsFor(client, resource);
    learned.push(claims);
    await closeMandate(client, claims.ng.mandate);
  }
  // Each part is within the ceiling, so all together are: the token service checks it again.
  return formatAuthority(
    parseAuthority({
      scope: [...new Set(learned.flatMap(({ scope }) => scope.split(" ").filter((name) => name !== "")))],
      resource: [...new Set(resources)],
      authorization_details: learned.flatMap(({ authorization_details }) => authorization_details),
    }),
  );
}
