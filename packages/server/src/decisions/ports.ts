import type {
  AccessTokenClaims,
  AgentRecord,
  MandateRecord,
  ServerRecord,
  ToolRecord,
} from "@narrowgate/contracts";
import type { Clock, JsonObject } from "@narrowgate/kernel";
import type { CompiledPolicies } from "@narrowgate/policy";

/** What the decisions room needs; supplied by compose. */
export interface DecisionPorts {
  readonly clock: Clock;
  readonly env: "dev" | "staging" | "prod";
  /** The policies in force. @throws NarrowgateError `policy_engine_failed` when there are none: no policy, no permit */
  readonly policies: () => { readonly compiled: CompiledPolicies; readonly procedure: string };
}

/** One operation of one server, as it is about to be decided. Everything but `name` and `arguments` is ours. */
export interface CallQuestion {
  readonly claims: AccessTokenClaims;
  readonly agent: AgentRecord;
  readonly mandate: MandateRecord;
  readonly server: ServerRecord;
  readonly kind: "tool" | "resource" | "prompt";
  readonly name: string;
  readonly record: ToolRecord;
  readonly arguments: JsonObject;
  readonly pin: { readonly current: string; readonly approved: string };
  readonly bodySigned: boolean;
}
