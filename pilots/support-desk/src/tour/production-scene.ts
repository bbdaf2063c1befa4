import type { AgentSession } from "@narrowgate/agent";
import type { TourEnvironment } from "./environment.ts";
import type { ProductionInstance } from "./production-instance.ts";
import type { Signers } from "./release-signers.ts";
import type { Workshop } from "./workshop.ts";

/** The agent that is to go to production. */
export const AGENT = "desk-triage";

/** A task that the agent was handed. */
export interface Work {
  readonly mandate: string;
  readonly session: AgentSession;
}

/** What the chapters on production stand on. */
export interface ProductionScene {
  readonly production: ProductionInstance;
  readonly env: TourEnvironment;
  readonly signers: Signers;
  readonly workshop: Workshop;
  /** The registry file as it is good. */
  readonly registry: string;
  /** Hands the agent a task. */
  readonly work: () => Promise<Work>;
  /** One lookup through the gate. */
  readonly lookUp: (session: AgentSession, tool: "open_nodes" | "search_nodes") => Promise<unknown>;
}

/** How its CLI commands are written for somebody who wants to look. */
export function command(env: TourEnvironment, rest: string): string {
  return `npm run -s narrowgate -- ${rest} --data ${env.dataDirectory}`;
}
