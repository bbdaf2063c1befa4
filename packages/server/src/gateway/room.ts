import type { ListCursors } from "./mcp/list-cursors.ts";
import type { Sessions } from "./mcp/sessions.ts";
import type { GatewayDeps } from "./ports.ts";
import type { CallLedger } from "./spend/call-ledger.ts";
import type { RefusalBudget } from "./steps/refusal-budget.ts";
import type { LiveStreams } from "./streams/live-streams.ts";
import type { Shares } from "./streams/shares.ts";
import type { UpstreamPool } from "./upstream/upstream-pool.ts";

/** What the steps share: the ports, and what the gate itself holds in memory. Nothing here survives a restart. */
export interface GatewayRoom {
  readonly deps: GatewayDeps;
  readonly pool: UpstreamPool;
  readonly sessions: Sessions;
  readonly cursors: ListCursors;
  readonly live: LiveStreams;
  readonly refusals: RefusalBudget;
  readonly ledger: CallLedger;
  readonly streamShares: Shares;
  readonly callShares: Shares;
}
