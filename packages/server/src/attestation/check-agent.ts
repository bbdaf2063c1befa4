import type { AgentRecord } from "@narrowgate/contracts";
import type { Refusal } from "./ports.ts";
import { refuse } from "./refusal.ts";

/** May this agent have instances now? @returns `agent_inactive`, `agent_expired`, or undefined when it may */
export function checkAgent(agent: AgentRecord, nowMs: number): Refusal | undefined {
  if (agent.state !== "active") return refuse("agent_inactive");
  return agent.expires * 1000 <= nowMs ? refuse("agent_expired") : undefined;
}
