import type { JsonValue } from "@narrowgate/kernel";
import type { Constraint } from "./constraint.ts";
import type { DataClass } from "./data-class.ts";

/** How many further rebinds a detail that names no depth lets follow. */
export const maxDepth = 16;

/** Most details of one authority. */
export const maxDetails = 64;

/** Most constraints of one detail. */
export const maxConstraints = 64;

/** The types of detail; what differs between them is a row of `comparators`. */
export type DetailType = "mcp_tool" | "mcp_resource" | "mcp_prompt";

/**
 * One detail in memory, with every default written out, so that a comparison never has to ask whether a member is there.
 * INVARIANT: not empty: some call, at some time, fits it.
 * @see docs/spec/authority.md section 1
 */
export interface DetailOf<T extends DetailType> {
  readonly type: T;
  readonly server: string;
  /** What the name of the operation may be: tool name, prompt name or resource URI. */
  readonly operation: Constraint;
  /** By JSON Pointer into the arguments, sorted. */
  readonly constraints: ReadonlyMap<string, Constraint>;
  readonly dataClass: DataClass;
  /** By cap name, sorted; a cap that is not here is unlimited. */
  readonly caps: ReadonlyMap<string, number>;
  /** Further rebinds that may follow, 0 to 16. */
  readonly depth: number;
  /** Unix seconds; infinity is never. */
  readonly expires: number;
}

/** Calls of tools. */
export type ToolDetail = DetailOf<"mcp_tool">;
/** Reads of resources; its operation is a constraint on the URI. */
export type ResourceDetail = DetailOf<"mcp_resource">;
/** Uses of prompts. */
export type PromptDetail = DetailOf<"mcp_prompt">;

/** One thing that may be done. */
export type AuthorizationDetail = ToolDetail | ResourceDetail | PromptDetail;

/** What an authority consists of, in any order and with any overlap. */
export interface AuthorityParts {
  readonly scope: readonly string[];
  readonly resource: readonly string[];
  readonly details: readonly AuthorizationDetail[];
}

declare const normalForm: unique symbol;

/**
 * What may be done.
 * INVARIANT: always in normal form. Only `parseAuthority`, `normalise`, `intersect` and `hop` make one.
 * @see docs/spec/authority.md sections 1 and 3
 */
export interface Authority extends AuthorityParts {
  readonly [normalForm]: true;
}

/** Where a detail of one authority can exceed a detail of another, in the order they are looked at. */
export const detailDimensions = [
  "type",
  "server",
  "operation",
  "constraint",
  "data_class",
  "cap",
  "depth",
  "expires",
] as const;

/** Where one authority can exceed another. */
export type Dimension = "scope" | "resource" | (typeof detailDimensions)[number];

/**
 * The first place where something exceeds an authority.
 * @see docs/spec/authority.md A-12
 */
export interface Violation {
  readonly dimension: Dimension;
  /** JSON Pointer into the wire form of what exceeds: of the child, or of the call. */
  readonly path: string;
  /** What the parent has there, when it has anything. */
  readonly parent?: JsonValue;
  /** What the child has there, when it has anything. Never an argument of a call: those may be secret. */
  readonly child?: JsonValue;
}

/** A call to be checked against an authority. @see docs/spec/authority.md section 5 */
export interface Call {
  readonly kind: CallKind;
  readonly server: string;
  /** Tool name, prompt name or resource URI. */
  readonly name: string;
  /** Attacker-controlled JSON. Absent is as good as empty. */
  readonly arguments?: JsonValue;
  /** The class the registry gives to what is called, not what the caller says. */
  readonly dataClass: DataClass;
}

/** The kinds of call, one for each type of detail. */
export type CallKind = "tool" | "resource" | "prompt";
