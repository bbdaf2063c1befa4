import type { AccessTokenClaims, ServerRecord, ToolRecord } from "@narrowgate/contracts";
import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import { digestOfJson } from "../digest.ts";
import type { LiveView } from "../pins/live-definitions.ts";
import type { CallDecider } from "../ports.ts";
import type { Listing } from "../stages.ts";
import { type Definition, type DefinitionKind, readDefinition } from "./definitions.ts";
import { findFamily, findRegistered } from "./match-registration.ts";

/** For whom a list is filtered. */
export interface ListAudience {
  readonly claims: AccessTokenClaims;
  readonly server: ServerRecord;
  readonly decider: CallDecider;
  /** Whether the release in force has a registered operation; always, where none is asked for. */
  readonly isReleased: (kind: "tool" | "prompt" | "resource", name: string) => boolean;
  /** For the pins of families, which are not in the list itself. */
  readonly view: LiveView;
}

const kinds: Readonly<Record<Listing["list"], DefinitionKind>> = {
  tools: "tool",
  prompts: "prompt",
  resources: "resource",
  resourceTemplates: "resourceTemplate",
};

function isUnchanged(record: ToolRecord, digest: string | undefined): boolean {
  return record.pin !== undefined && record.pin.digest === digest;
}

function showNamed({ kind, name, definition }: Definition, audience: ListAudience): JsonObject | undefined {
  const { claims, server, decider } = audience;
  if (kind !== "tool" && kind !== "prompt") return undefined;
  const record = findRegistered(server, kind, name);
  if (record === undefined || !isUnchanged(record, digestOfJson(definition))) return undefined;
  if (!audience.isReleased(kind, record.name)) return undefined;
  return decider.mayShow({ claims, server, kind, name, record }) ? definition : undefined;
}

/** The part of a URI template before its first variable. */
function literalPart(template: string): string {
  const at = template.indexOf("{");
  return at < 0 ? template : template.slice(0, at);
}

function showResource(
  { kind, name, definition }: Definition,
  audience: ListAudience,
): JsonObject | undefined {
  const { claims, server, decider, view } = audience;
  const isTemplate = kind === "resourceTemplate";
  const record = findFamily(server, isTemplate ? literalPart(name) : name);
  if (record === undefined || !isUnchanged(record, view.find("resource", record.name)?.digest))
    return undefined;
  if (!audience.isReleased("resource", record.name)) return undefined;
  const shownName = isTemplate ? literalPart(name) : name;
  if (!decider.mayShow({ claims, server, kind: "resource", name: shownName, record, isPrefix: isTemplate }))
    return undefined;
  if (isTemplate || record.name === name) return definition;
  // A single resource of a family is not pinned, so no text of its own choosing is shown.
  const { uri = name, name: title = name, mimeType } = definition;
  return { uri, name: title, ...(mimeType === undefined ? {} : { mimeType }) };
}

/**
 * Reduces a list to what this token may know of: registered, pinned, unchanged, released, within its authority.
 * Trust: `result` is the upstream's.
 * @returns undefined when it is not a list
 */
export function filterList(
  listing: Listing,
  result: JsonObject,
  audience: ListAudience,
): JsonObject | undefined {
  const items: JsonValue | undefined = result[listing.list];
  if (!Array.isArray(items)) return undefined;
  const kind = kinds[listing.list];
  const shown: JsonObject[] = [];
  for (const item of items) {
    const read = readDefinition(kind, item);
    if (read === undefined) return undefined;
    const one =
      kind === "tool" || kind === "prompt" ? showNamed(read, audience) : showResource(read, audience);
    if (one !== undefined) shown.push(one);
  }
  const { nextCursor } = result;
  return { [listing.list]: shown, ...(typeof nextCursor === "string" ? { nextCursor } : {}) };
}
