import type { AgentRecord, MandateRecord } from "@narrowgate/contracts";
import type { JsonObject } from "@narrowgate/kernel";

/** What policy is told about a mint. All of it was verified before. */
export interface MintQuestion {
  readonly action: "mint_token" | "exchange_token";
  readonly client: AgentRecord;
  readonly instance: { readonly ref: string; readonly entry: string; readonly assurance: string };
  readonly mandate: MandateRecord;
  /** Outermost first, not empty. */
  readonly actors: readonly string[];
  /** The next resource: a server, or the agent of a hand-off, with the registry leaf that states it. */
  readonly target: {
    readonly type: "Server" | "Agent";
    readonly id: string;
    readonly entry: string;
    readonly attrs: JsonObject;
  };
  readonly scopes: readonly string[];
  readonly bodySigned: boolean;
  /** Deployment digest of the release that the token will name, where it names one. */
  readonly release?: string;
}
