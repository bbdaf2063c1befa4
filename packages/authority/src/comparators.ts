import { type JsonValue, readArray, readString } from "@narrowgate/kernel";
import type { CallKind, DetailType } from "./authority.ts";
import { type Constraint, formatConstraint, oneOf } from "./constraint.ts";
import { refuseMalformed } from "./malformed.ts";
import { type ReadConstraint, readUriConstraint } from "./read-constraint.ts";

const namePattern = /^[A-Za-z0-9_-][A-Za-z0-9_./-]*$/;
const maxNameLength = 128;
const maxNames = 256;

/**
 * Reads the name of a server, tool or prompt.
 * Trust: `value` is attacker-controlled.
 * @throws NarrowgateError `malformed_input`
 * @see docs/spec/authority.md A-4
 */
export function readName(value: unknown, path: string): string {
  return readString(value, path, { min: 1, max: maxNameLength, pattern: namePattern });
}

function readNames(value: unknown, path: string): ReadConstraint {
  const names = readArray(value, path, readName, { min: 1, max: maxNames });
  if (new Set(names).size !== names.length) refuseMalformed(path, "holds a duplicate");
  return oneOf(names) ?? "nothing";
}

function formatNames(operation: Constraint): JsonValue {
  return operation.kind === "one_of" ? operation.values : [];
}

/** What is particular to one type of detail. All else is the same for every type. */
export interface Comparator {
  /** The calls it is about. */
  readonly callKind: CallKind;
  /** The wire member that names the operation. */
  readonly member: "tools" | "uris" | "prompts";
  /** Reads that member as a constraint on the name: the order and the meet of operations are those of constraints. */
  readonly read: (value: unknown, path: string) => ReadConstraint;
  readonly format: (operation: Constraint) => JsonValue;
  /** Whether its calls have arguments to constrain. */
  readonly hasArguments: boolean;
}

/**
 * The types of detail. Adding a type is one row here, and its name in `DetailType`.
 * @see docs/spec/authority.md section 1
 */
export const comparators: Readonly<Record<DetailType, Comparator>> = {
  mcp_tool: { callKind: "tool", member: "tools", read: readNames, format: formatNames, hasArguments: true },
  mcp_resource: {
    callKind: "resource",
    member: "uris",
    read: readUriConstraint,
    format: formatConstraint,
    hasArguments: false,
  },
  mcp_prompt: {
    callKind: "prompt",
    member: "prompts",
    read: readNames,
    format: formatNames,
    hasArguments: true,
  },
};

/** The names of the types, for readers. */
export const detailTypes: readonly DetailType[] = ["mcp_tool", "mcp_resource", "mcp_prompt"];
