import { type Authority, parseAuthority } from "@narrowgate/authority";
import { openedMember } from "@narrowgate/contracts";
import { type Entry, type Evidence, entriesOf } from "./evidence.ts";
import { isJsonObject } from "./json-object.ts";

/** An agent as the registry had it at a place in the log. */
export interface RegisteredAgent {
  readonly id: string;
  readonly ceiling: Authority;
}

/**
 * The newest opened registration of the agent a leaf belongs to, before that leaf; undefined when it is not disclosed.
 * @throws NarrowgateError `malformed_authority`
 */
export function registeredAgent(evidence: Evidence, { leaf, index }: Entry): RegisteredAgent | undefined {
  const ref = leaf.agent?.id;
  const registration = entriesOf(evidence, "registry").findLast(
    (entry) => entry.index < index && entry.leaf.body.kind === "agent" && entry.leaf.body.ref === ref,
  );
  const document = openedMember(registration?.openings.content, "document");
  if (!isJsonObject(document)) return undefined;
  const { id, ceiling } = document;
  return typeof id === "string" && ceiling !== undefined
    ? { id, ceiling: parseAuthority(ceiling) }
    : undefined;
}
