import { type Refusal, refuse } from "../outcome.ts";
import type { StsPorts } from "../ports.ts";
import type { Sourced, Targeted } from "../stages.ts";

/** URL of an agent as the next resource of a hand-off token. @see docs/spec/token.md T-4 */
export function agentUrl(issuer: string, agentId: string): string {
  return `${issuer}/agents/${agentId}`;
}

/** URL of an MCP server behind the gate. */
export function serverUrl(issuer: string, serverId: string): string {
  return `${issuer}/mcp/${serverId}`;
}

function isRegistered(target: string, stage: Sourced, ports: StsPorts): boolean {
  const server = `${ports.issuer}/mcp/`;
  if (target.startsWith(server))
    return ports.registry.server(target.slice(server.length))?.state === "active";
  const agents = `${ports.issuer}/agents/`;
  if (!target.startsWith(agents)) return false;
  const next = target.slice(agents.length);
  // INVARIANT: a hand-off is made only along a registered edge; the edge is a ceiling, the hand-off token the proof.
  return stage.client.delegates.includes(next) && ports.registry.agent(next)?.state === "active";
}

/**
 * Which single resource the token is for (step 11).
 * Targets are compared as exact strings; one audience per token.
 * @returns `invalid_target`
 * @see RFC 8707 section 2; RFC 8693 section 2.1
 */
export function checkTarget(stage: Sourced, ports: StsPorts): Targeted | Refusal {
  const wanted = [...new Set(stage.request.targets)];
  if (wanted.length > 1) return refuse("invalid_target", "ask for one resource per token");
  const only = stage.source.authority.resource;
  const target = wanted[0] ?? (only.length === 1 ? only[0] : undefined);
  if (target === undefined) return refuse("invalid_target", "name the resource: `resource` is missing");
  if (!only.includes(target))
    return refuse("invalid_target", "the resource is outside the authority of the parent");
  return isRegistered(target, stage, ports) ? { ...stage, target } : refuse("invalid_target");
}
