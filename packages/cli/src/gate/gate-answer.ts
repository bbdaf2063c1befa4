import type { JsonObject } from "@narrowgate/kernel";

/** What a pipeline is told of one agent's release. */
export interface GateAnswer {
  readonly agent: string;
  readonly ready: boolean;
  /** What stands in the way, one sentence each; empty exactly when it is ready. */
  readonly blocks: readonly string[];
  /** Release digest, where there is one. */
  readonly release?: string;
  /** Further facts, for `--json`. */
  readonly facts: JsonObject;
  /** Who says so. */
  readonly source: string;
}
