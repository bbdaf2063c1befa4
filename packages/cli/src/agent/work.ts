import type { AgentSession } from "@narrowgate/agent";

/** One agent's work under one mandate. */
export interface Work {
  readonly issuer: string;
  /** Ids of the servers it is for; at least one. */
  readonly servers: readonly string[];
  readonly session: AgentSession;
  /** Ends the mandate if it was opened here: all tokens below are dead when this returns. */
  end(): Promise<void>;
}
