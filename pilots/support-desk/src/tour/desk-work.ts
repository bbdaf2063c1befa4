import type { AgentSession } from "@narrowgate/agent";

/** The two agents of production. */
export type ProductionAgent = "desk-triage" | "desk-reader";

/** A task that the agent was handed. */
export interface Work {
  readonly mandate: string;
  readonly session: AgentSession;
}

/** What the two agents do on one instance. */
export interface DeskWork {
  /** A person hands one of them a task; the first one, where it is not said. */
  readonly work: (agent?: ProductionAgent) => Promise<Work>;
  /** One lookup through the gate. */
  readonly lookUp: (session: AgentSession, tool: "open_nodes" | "search_nodes") => Promise<unknown>;
  /** The first hands one lookup on to the reader, with authority for that tool alone. */
  readonly handOn: (session: AgentSession) => Promise<unknown>;
}
