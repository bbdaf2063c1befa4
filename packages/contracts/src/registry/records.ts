import type { JsonObject } from "@narrowgate/kernel";
import type { BoundedSchema } from "../flow/bounded-answer.ts";
import type { ResponseRule } from "../flow/response-rule.ts";
import type { DataClassName } from "./data-classes.ts";

/** Risk tier: T1 read-only, T2 writes or sensitive data, T3 money, irreversible effects or spawning agents. */
export type RiskTier = "T1" | "T2" | "T3";

/** Where an agent stands in its life. Only `active` may act. */
export type Lifecycle = "registered" | "active" | "suspended" | "retired";

/** What a tool does to the world. */
export type ToolEffect = "read" | "write" | "irreversible";

/** A rule that says which attested workload is this agent. Claims are compared exactly; arrays mean one of. */
export type WorkloadBinding =
  | { readonly method: "enrolment" }
  | {
      readonly method: "oidc";
      readonly issuer: string;
      readonly claims: Readonly<Record<string, string | readonly string[]>>;
    }
  | {
      readonly method: "spiffe";
      readonly trust_domain: string;
      readonly id: string;
      readonly match?: "exact" | "path";
    }
  /** A public client that people sign in to: under the agent's id and with these addresses, or by its metadata document. */
  | { readonly method: "consent"; readonly redirect_uris: readonly string[] }
  | { readonly method: "consent"; readonly client_id: string }
  /** Whichever program registers itself (RFC 7591) and is sent back to the person's own machine alone. */
  | { readonly method: "consent"; readonly registration: "open" };

/** A registered agent as the other rooms see it. */
export interface AgentRecord {
  readonly id: string;
  /** Random id used in evidence; never reissued. */
  readonly ref: string;
  /** Id of the registry leaf that states this version. */
  readonly entry: string;
  readonly version: number;
  readonly state: Lifecycle;
  readonly owner: string;
  readonly deputy: string;
  readonly purpose: string;
  readonly tier: RiskTier;
  /** Unix seconds. */
  readonly expires: number;
  /** Ids of the agents it may hand off to. */
  readonly delegates: readonly string[];
  /** Wire form of an authority; parsed by whoever compares it. */
  readonly ceiling: JsonObject;
  readonly bindings: readonly WorkloadBinding[];
}

/** A tool, resource family or prompt of a server, as registered. */
export interface ToolRecord {
  readonly name: string;
  readonly dataClass: DataClassName;
  readonly effect: ToolEffect;
  readonly egress: boolean;
  /** OAuth scope a token needs for it. */
  readonly scope: string;
  /** Whether what it answers may hold content of strangers; absent = nobody said, so it may. */
  readonly untrusted?: boolean;
  /** JSON Pointer into its arguments to the amount it moves, in minor units. */
  readonly amount?: string;
  /** JSON Pointer into its result to the list whose items are rows. */
  readonly rows?: string;
  /** What it can answer at most: it carries its own class alone, whatever store it read. Of tools that only read. */
  readonly sanitisedOutput?: BoundedSchema;
  readonly pin?: PinRecord;
}

/** The description and schema an operator approved. */
export interface PinRecord {
  /** Digest of the canonical definition (name, title, description, input and output schema, annotations). */
  readonly digest: string;
  readonly definition: JsonObject;
  /** Id of the registry leaf that approved it. */
  readonly entry: string;
}

/** How the gate reaches an upstream server. */
export type Upstream =
  | {
      readonly transport: "stdio";
      readonly command: readonly string[];
      readonly cwd?: string;
      readonly env?: Readonly<Record<string, string>>;
      readonly isolation: "user" | "container" | "none";
      readonly user?: string;
    }
  | { readonly transport: "http"; readonly url: string; readonly auth: "none" | "exchanged" };

/** What a server keeps between calls: its class is declared, *untrusted* rises with what is written. */
export type StoreRecord = { readonly dataClass: DataClassName; readonly untrusted: boolean };

/** A registered upstream MCP server. */
export interface ServerRecord {
  readonly id: string;
  readonly ref: string;
  readonly entry: string;
  readonly version: number;
  readonly state: Lifecycle;
  readonly upstream: Upstream;
  readonly tools: readonly ToolRecord[];
  readonly prompts: readonly ToolRecord[];
  /** Resource families by URI prefix (`name` holds the prefix). */
  readonly resources: readonly ToolRecord[];
  /** Present when its operations write to and read from one place. */
  readonly store?: StoreRecord;
  /** What its answers carry beyond what is declared, when they are like this. */
  readonly responseRules?: readonly ResponseRule[];
  /** What a server of the modern era may ask of the client in an answer; empty = nothing. Of an earlier one nothing passes. */
  readonly allowUpstreamRequests: readonly ("elicitation/create" | "sampling/createMessage" | "roots/list")[];
}

/** An OIDC issuer that is trusted to sign for people, for workloads, or both. */
export interface TrustedIssuer {
  readonly issuer: string;
  readonly entry: string;
  readonly uses: readonly ("subject" | "workload")[];
  /** Keys given in the file, for issuers that publish none. */
  readonly jwks?: JsonObject;
  readonly jwksUri?: string;
  /** Extra accepted audiences beside our issuer. */
  readonly audiences?: readonly string[];
  /** Claims that name one running instance (e.g. pod uid; run id and attempt). */
  readonly instanceClaims?: readonly string[];
  /** Claim that lists a person's groups, steps separated by `/`; absent = none are read. */
  readonly groupsClaim?: string;
}

/** What other rooms read of the registry. All calls are in-memory and O(1). */
export interface RegistryReader {
  agent(id: string): AgentRecord | undefined;
  agentByRef(ref: string): AgentRecord | undefined;
  server(id: string): ServerRecord | undefined;
  servers(): readonly ServerRecord[];
  issuer(issuer: string): TrustedIssuer | undefined;
}
