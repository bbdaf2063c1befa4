import type {
  AgentSpec,
  IssuerSpec,
  RegistryDocument,
  ServerSpec,
  SettingsSpec,
} from "@narrowgate/contracts";
import type { PolicyBundle, PolicyProblem } from "@narrowgate/policy";
import type { PolicyTests } from "@narrowgate/policy/testing";
import type { FieldChange } from "./diff-fields.ts";
import type { CompiledBundle } from "./ports.ts";

/** What an operator hands in. */
export interface RegistryInput {
  readonly document: RegistryDocument;
  /** The Cedar files the document names, read by whoever sends it. Absent: policies stay as they are. */
  readonly files?: PolicyBundle["files"];
  /** Tests of those files; a bundle that fails one does not come into force. */
  readonly tests?: readonly PolicyTests[];
  /** Retire what the document does not name; else it is only listed. */
  readonly prune: boolean;
}

/** What a file declares, by kind. */
export type Declared = {
  readonly agent: AgentSpec;
  readonly server: ServerSpec;
  readonly issuer: IssuerSpec;
  readonly settings: SettingsSpec;
};

/** Kinds of object in a plan. */
export type ObjectKind = keyof Declared | "policy";

/** One object of a kind that will be created, changed or retired. */
export type StepOf<K extends keyof Declared> = {
  readonly kind: K;
  readonly id: string;
  readonly fields: readonly FieldChange[];
} & ({ readonly action: "create" | "change"; readonly spec: Declared[K] } | { readonly action: "retire" });

/** One object that will be created, changed or retired. */
export type PlanStep =
  | StepOf<"agent">
  | StepOf<"server">
  | StepOf<"issuer">
  | StepOf<"settings">
  | {
      readonly kind: "policy";
      readonly id: "policy";
      readonly action: "create" | "change";
      readonly fields: readonly FieldChange[];
      readonly bundle: PolicyBundle;
      readonly compiled: CompiledBundle;
      /** The bundle in force; undefined when there is none. */
      readonly before: PolicyBundle | undefined;
      /** Ids of policies in force that end with this. */
      readonly ends: readonly string[];
    };

/** What applying a document would do. It holds only for the revision of the registry it was made on. */
export interface Plan {
  readonly kind: "plan";
  readonly revision: number;
  readonly steps: readonly PlanStep[];
  /** Registered, but not in the document; left as it is. */
  readonly unmanaged: readonly { readonly kind: ObjectKind; readonly id: string }[];
  /** What Cedar finds odd in the policies. */
  readonly warnings: readonly PolicyProblem[];
  /** What an operator must not overlook, one sentence each. */
  readonly alerts: readonly string[];
}
