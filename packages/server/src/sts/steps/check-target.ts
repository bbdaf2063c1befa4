import { type Refusal, refuse } from "../outcome.ts";
import type { StsPorts } from "../ports.ts";
import type { Released, Sourced, Targeted } from "../stages.ts";

/** URL of an agent as the next resource of a hand-off token. @see docs/spec/token.md T-4 */
export function agentUrl(issuer: string, agentId: string): string {
  return `${issuer}/agents/${agentId}`;
}

/** URL of an MCP server behind the gate. */
export function serverUrl(issuer: string, serverId: string): string {
  return `${issuer}/mcp/${serverId}`;
}

/** What a token is for that lets an agent ask for decisions about other systems. */
export function decisionPointUrl(issuer: string): string {
  return `${issuer}/access/v1`;
}

/** Is this the address of an agent (a hand-off), and not of a server? */
export function isHandOff(issuer: string, target: string): boolean {
  return target.startsWith(agentUrl(issuer, ""));
}

function checkServer(target: string, stage: Sourced, ports: StsPorts): Refusal | undefined {
  if (!stage.source.authority.resource.includes(target))
    return refuse("invalid_target", "the resource is outside the authority of the parent");
  if (target === decisionPointUrl(ports.issuer)) return undefined;
  const id = target.startsWith(serverUrl(ports.issuer, ""))
    ? target.slice(serverUrl(ports.issuer, "").length)
    : "";
  return ports.registry.server(id)?.state === "active" ? undefined : refuse("invalid_target");
}

function checkHandOff(target: string, stage: Sourced, ports: StsPorts): Refusal | undefined {
  const next = target.slice(agentUrl(ports.issuer, "").length);
  // INVARIANT: a hand-off is made only along a registered edge; the edge is a ceiling, the hand-off token the proof.
  const isOther = next !== stage.client.id;
  const edge =
    isOther && stage.client.delegates.includes(next) && ports.registry.agent(next)?.state === "active";
  return edge ? undefined : refuse("actor_unauthorized", "no registered edge leads to that agent");
}

/**
 * Which single resource the token is for (step 11): a server within reach, or the agent it is handed to.
 * Targets are compared as exact strings; one audience per token.
 * @returns `invalid_target`, `actor_unauthorized`
 * @see RFC 8707 section 2; RFC 8693 section 2.1
 */
export function checkTarget(stage: Released, ports: StsPorts): Targeted | Refusal {
  const wanted = [...new Set(stage.request.targets)];
  if (wanted.length > 1) return refuse("invalid_target", "ask for one resource per token");
  const only = stage.source.authority.resource;
  const target = wanted[0] ?? (only.length === 1 ? only[0] : undefined);
  if (target === undefined) return refuse("invalid_target", "name the resource: `resource` is missing");
  const wrong = isHandOff(ports.issuer, target)
    ? checkHandOff(target, stage, ports)
    : checkServer(target, stage, ports);
  return wrong ?? { ...stage, target };
}
