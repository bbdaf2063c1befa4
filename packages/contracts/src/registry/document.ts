import type { EntitlementSpec } from "./parse-entitlements.ts";
import type { AgentRecord, ServerRecord, ToolRecord, TrustedIssuer } from "./records.ts";

/** An agent as its owner declares it; what the registry gives (ref, entry, version, state) is not in the file. */
export type AgentSpec = Omit<AgentRecord, "ref" | "entry" | "version" | "state">;

/** A tool, prompt or resource family as declared, with the scope filled in. */
export type ToolSpec = Omit<ToolRecord, "pin">;

/** An upstream server as declared. */
export type ServerSpec = Omit<
  ServerRecord,
  "ref" | "entry" | "version" | "state" | "tools" | "prompts" | "resources"
> & {
  readonly tools: readonly ToolSpec[];
  readonly prompts: readonly ToolSpec[];
  readonly resources: readonly ToolSpec[];
};

/** A trusted issuer as declared. */
export type IssuerSpec = Omit<TrustedIssuer, "entry">;

/** Limits of the whole instance; what is absent keeps the product's default. */
export type SettingsSpec = {
  /** Life of an access token in seconds, 30 to 900. */
  readonly tokenLifeSeconds?: number;
  /** Longest life of a mandate, up to 30 days. */
  readonly mandateLifeSeconds?: number;
  /** Idle limit of a mandate, up to one day. */
  readonly mandateIdleSeconds?: number;
  /** Days that sealed parts are kept after the end of their transaction, 1 to 36,500; absent = for good. */
  readonly retainContentDays?: number;
  readonly retainInputsDays?: number;
  readonly retainProofDays?: number;
  /** What people may have agents do; absent = no mapping is in force, and nothing is compared. */
  readonly entitlements?: readonly EntitlementSpec[];
};

/** What `narrowgate.yaml` says, checked, with defaults filled in. */
export type RegistryDocument = {
  readonly agents: readonly AgentSpec[];
  readonly servers: readonly ServerSpec[];
  readonly issuers: readonly IssuerSpec[];
  /** Globs of Cedar files, relative to the file. */
  readonly policies: readonly string[];
  /** Absent: the file says nothing of them, and they stay as they are. */
  readonly entitlements?: readonly EntitlementSpec[];
  readonly settings: SettingsSpec;
};
