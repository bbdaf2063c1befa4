import { formatAuthority, normalise, parseAuthority } from "@narrowgate/authority";
import type { AgentRecord, ServerRecord } from "@narrowgate/contracts";
import { type JsonObject, NarrowgateError } from "@narrowgate/kernel";

/** What the answer is read from. */
export interface CeilingPorts {
  /** External base URL, without trailing slash. */
  readonly issuer: string;
  readonly registry: { server(id: string): ServerRecord | undefined };
}

function scopesAt(server: ServerRecord | undefined): readonly string[] {
  if (server === undefined) return [];
  return [...server.tools, ...server.prompts, ...server.resources].map(({ scope }) => scope);
}

/**
 * What an agent may do at most, for the agent itself: its ceiling, cut to some of the servers in it.
 * Nothing is given by this: a mandate is held against the ceiling when it is opened, and so is each token.
 * @param asked - ids of servers; empty for all of the ceiling
 * @throws `invalid_target` naming a server that is not in the ceiling
 */
export function ceilingAnswer(agent: AgentRecord, asked: readonly string[], ports: CeilingPorts): JsonObject {
  const ceiling = parseAuthority(agent.ceiling);
  const prefix = `${ports.issuer}/mcp/`;
  const own = ceiling.resource.filter((url) => url.startsWith(prefix)).map((url) => url.slice(prefix.length));
  const outside = asked.find((id) => !own.includes(id));
  if (outside !== undefined)
    throw new NarrowgateError("invalid_target", `server ${outside} is not within the ceiling of ${agent.id}`);
  const servers = own.filter((id) => asked.length === 0 || asked.includes(id));
  const scopes = new Set(servers.flatMap((id) => scopesAt(ports.registry.server(id))));
  const authority = normalise({
    scope: ceiling.scope.filter((scope) => scopes.has(scope)),
    resource: servers.map((id) => `${prefix}${id}`),
    details: ceiling.details.filter(({ server }) => servers.includes(server)),
  });
  return { agent: agent.id, tier: agent.tier, servers, authority: formatAuthority(authority) };
}
