import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import { isObject } from "./json-rpc.ts";

/** Kinds of definition a server states. */
export type DefinitionKind = "tool" | "prompt" | "resource" | "resourceTemplate";

// What is pinned is what is shown: a member that is not here never reaches a client.
const members: Readonly<Record<DefinitionKind, readonly string[]>> = {
  tool: ["annotations", "description", "inputSchema", "name", "outputSchema", "title"],
  prompt: ["arguments", "description", "name", "title"],
  resource: ["annotations", "description", "mimeType", "name", "title", "uri"],
  resourceTemplate: ["annotations", "description", "mimeType", "name", "title", "uriTemplate"],
};

const nameMember: Readonly<Record<DefinitionKind, string>> = {
  tool: "name",
  prompt: "name",
  resource: "uri",
  resourceTemplate: "uriTemplate",
};

/** One definition, reduced to what is pinned. */
export interface Definition {
  readonly kind: DefinitionKind;
  readonly name: string;
  readonly definition: JsonObject;
}

/**
 * Reads a definition.
 * Trust: the upstream wrote it.
 * @returns undefined when it has no name
 */
export function readDefinition(kind: DefinitionKind, value: JsonValue): Definition | undefined {
  if (!isObject(value)) return undefined;
  const name = value[nameMember[kind]];
  if (typeof name !== "string" || name === "") return undefined;
  const definition: Record<string, JsonValue> = {};
  for (const member of members[kind]) {
    const given = value[member];
    if (given !== undefined) definition[member] = given;
  }
  return { kind, name, definition };
}
