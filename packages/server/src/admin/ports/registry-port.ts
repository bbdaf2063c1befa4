import type {
  AgentRecord,
  ErrorCode,
  Lifecycle,
  RegistryDocument,
  ServerRecord,
  TrustedIssuer,
} from "@narrowgate/contracts";
import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import type { PolicyTests } from "@narrowgate/policy/testing";
import type { SignedRequest } from "./signed-request.ts";

/** Something that cannot be done, with every reason. */
export interface Refused {
  readonly kind: "refused";
  readonly problems: readonly { readonly path: string; readonly code: ErrorCode; readonly message: string }[];
}

/** What applying a document would do. */
export interface Proposal {
  readonly kind: "plan";
  readonly revision: number;
  toJson(): JsonObject;
  /** @throws `conflict` */
  apply(request: SignedRequest): Promise<void>;
}

/** One definition an upstream states. */
export interface LiveOperation {
  readonly kind: "tool" | "prompt" | "resource";
  readonly name: string;
  readonly digest: string;
  readonly definition: JsonObject;
}

/** How a live definition stands to the approved one. */
export interface LearnedOperation {
  readonly kind: LiveOperation["kind"];
  readonly name: string;
  readonly state: "new" | "same" | "changed" | "missing" | "unregistered";
  readonly approved?: string;
  readonly current?: string;
  readonly fields: readonly {
    readonly path: string;
    readonly before?: JsonValue;
    readonly after?: JsonValue;
  }[];
}

/** What an operator approves. */
export interface PinChoice {
  readonly kind: LiveOperation["kind"];
  readonly name: string;
  readonly digest: string;
}

/** The registry room. */
export interface RegistryPort {
  agent(id: string): AgentRecord | undefined;
  agents(): readonly AgentRecord[];
  servers(): readonly ServerRecord[];
  issuers(): readonly TrustedIssuer[];
  plan(input: {
    readonly document: RegistryDocument;
    readonly files?: readonly { readonly name: string; readonly text: string }[];
    readonly tests?: readonly PolicyTests[];
    readonly prune: boolean;
  }): Proposal | Refused;
  /** @throws `not_found`, `conflict` */
  changeLifecycle(
    change: { readonly id: string; readonly to: Exclude<Lifecycle, "registered">; readonly reason: string },
    request: SignedRequest,
  ): Promise<void>;
  /** @throws `not_found` */
  learned(server: string, definitions: readonly LiveOperation[]): readonly LearnedOperation[];
  /** @throws `not_found`, `conflict` */
  approvePins(
    approval: {
      readonly server: string;
      readonly choices: readonly PinChoice[];
      readonly definitions: readonly LiveOperation[];
    },
    request: SignedRequest,
  ): Promise<{ readonly kind: "pinned"; readonly approved: readonly PinChoice[] } | Refused>;
}
