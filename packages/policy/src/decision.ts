import type { JsonObject } from "@narrowgate/kernel";
import type { Obligations } from "./read-annotations.ts";

/** Names one Cedar entity. `type` carries its namespace (`N::Agent`); `id` is any text. */
export interface EntityRef {
  readonly type: string;
  readonly id: string;
}

/** One entity of a request, with its direct parents. */
export interface EntityRecord {
  readonly uid: EntityRef;
  readonly attrs: JsonObject;
  readonly parents: readonly EntityRef[];
}

/**
 * What is to be decided.
 * Trust: parts of `context` (tool arguments) come from the agent; they are checked against the schema before use.
 */
export interface DecisionRequest {
  readonly principal: EntityRef;
  readonly action: EntityRef;
  readonly resource: EntityRef;
  /** The full context, as evidence keeps it. What the schema does not declare never reaches Cedar. */
  readonly context: JsonObject;
  /** Principal, resource and all their ancestors, each once; at most 256. */
  readonly entities: readonly EntityRecord[];
}

/** Why a decision is a denial, as a code of the error catalogue. */
export type DenialCode =
  | "policy_denied"
  | "approval_required"
  | "policy_context_invalid"
  | "policy_engine_failed";

/** A policy that could not be evaluated. `message` is one of a fixed set and holds no value of the request. */
export interface EvaluationError {
  readonly policy: string;
  readonly message: string;
}

/** The outcome of one decision. Deeply frozen. */
export interface PolicyDecision {
  readonly verdict: "allow" | "deny";
  /** Set when the verdict is `deny`. */
  readonly code?: DenialCode;
  /** Sorted ids of the policies that determined the verdict; empty when none matched. */
  readonly policies: readonly string[];
  /** With `approval_required`: signatures that would lift the denial, `role#n`, sorted. */
  readonly requires?: readonly string[];
  /** Of an `allow`, what its policies demand together; absent when nothing. */
  readonly obligations?: Obligations;
  /** Sorted by policy. Any error denies. */
  readonly errors: readonly EvaluationError[];
  /** One sentence for a person: the `@reason` of the first determining policy, or ours. */
  readonly reason: string;
}

/** Policies and their schema, as an operator hands them in. */
export interface PolicyBundle {
  readonly files: readonly { readonly name: string; readonly text: string }[];
  /** Cedar schema, as text or as JSON. */
  readonly schema: string;
}

/** What is wrong with a bundle, and where. */
export interface PolicyProblem {
  /** Name of the file, or `schema`. */
  readonly file: string;
  /** One-based. */
  readonly line?: number;
  readonly policy?: string;
  readonly message: string;
}

/** A text that names an entity and nothing else: a type holds no NUL, so the first one separates. */
export function entityKey(ref: EntityRef): string {
  return `${ref.type}\u0000${ref.id}`;
}

/** The inverse of {@link entityKey}. */
export function splitEntityKey(key: string): EntityRef {
  const at = key.indexOf("\u0000");
  return { id: key.slice(at + 1), type: key.slice(0, at) };
}

/** Orders by UTF-16 code units, as all sorted output of this package is. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
