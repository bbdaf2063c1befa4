import type { AgentSession } from "@narrowgate/agent";
import type { TourEnvironment } from "./environment.ts";
import type { OwnInstance } from "./own-instance.ts";
import type { Rehearsal } from "./rehearsal.ts";
import type { Signers } from "./release-signers.ts";
import type { Workshop } from "./workshop.ts";

/** The agent that is to go to production. */
export const AGENT = "desk-triage";

/** A task that the agent was handed. */
export interface Work {
  readonly mandate: string;
  readonly session: AgentSession;
}

/** One lookup through the gate. */
export type LookUp = (session: AgentSession, tool: "open_nodes" | "search_nodes") => Promise<unknown>;

/** What the chapters on production stand on. */
export interface ProductionScene {
  readonly production: OwnInstance;
  readonly env: TourEnvironment;
  readonly signers: Signers;
  readonly workshop: Workshop;
  /** The registry file as it is good. */
  readonly registry: string;
  /** Hands the agent a task. */
  readonly work: () => Promise<Work>;
  readonly lookUp: LookUp;
  /** Where the release is tested. */
  readonly rehearsal: Rehearsal;
}

/** How its CLI commands are written for somebody who wants to look. */
export function command(env: TourEnvironment, rest: string): string {
  return `npm run -s narrowgate -- ${rest} --data ${env.dataDirectory}`;
}
