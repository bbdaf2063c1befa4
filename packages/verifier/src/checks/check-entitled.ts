import { type AuthorityParts, narrowerParts, parseAuthority } from "@narrowgate/authority";
import { openedMember, parseCompactJws, parseMandateDocument } from "@narrowgate/contracts";
import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import { type Entry, type Evidence, entriesOf, entryOf } from "../evidence.ts";
import type { Findings } from "../findings.ts";
import { isJsonObject, textsOf } from "../json-object.ts";

const maxAssertionChars = 65_536;

function sortedSet(values: readonly string[]): readonly string[] {
  return [...new Set(values)].sort();
}

/** Whether a rule is about this person. A group of one issuer is not the group of that name of another. */
function isAbout(
  { group, issuer, subject: named }: JsonObject,
  subject: string,
  groups: readonly string[],
): boolean {
  if (named !== undefined) return named === subject;
  if (typeof group !== "string" || !groups.includes(group)) return false;
  return issuer === undefined || subject.startsWith(`${issuer}#`);
}

/** All that rules give together. */
function unionOf(rules: readonly JsonObject[]): AuthorityParts {
  const all = rules.map(({ authority }) => parseAuthority(authority));
  return {
    scope: sortedSet(all.flatMap(({ scope }) => scope)),
    resource: sortedSet(all.flatMap(({ resource }) => resource)),
    details: all.flatMap(({ details }) => details),
  };
}

/** Every text in a JSON value. */
function textsWithin(value: JsonValue): readonly string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(textsWithin);
  return isJsonObject(value) ? Object.values(value).flatMap(textsWithin) : [];
}

/** Groups that the person's assertion does not state; empty where there is no assertion to look into. */
function unstated({ openings }: Entry<"mandate">, groups: readonly string[]): readonly string[] {
  const assertion = openedMember(openings.proof, "subject_assertion");
  if (typeof assertion !== "string") return [];
  const { payload } = parseCompactJws(assertion, { maxBytes: maxAssertionChars });
  const stated = new Set(textsWithin(payload));
  return groups.filter((group) => !stated.has(group));
}

/** The rules that were in force; undefined where they are not opened. */
function rulesOf(settings: Entry<"registry">): readonly JsonObject[] | undefined {
  const document = openedMember(settings.openings.content, "document");
  if (!isJsonObject(document)) return undefined;
  const { entitlements } = document;
  return Array.isArray(entitlements) ? entitlements.filter(isJsonObject) : undefined;
}

function faultOf(evidence: Evidence, entry: Entry<"mandate">): string | undefined {
  const { content } = entry.openings;
  const groups = textsOf(openedMember(content, "groups"));
  if (unstated(entry, groups).length > 0)
    return "the person's assertion states other groups than are on record";
  const named = openedMember(content, "entitlements");
  const opened = openedMember(content, "document");
  if (typeof named !== "string" || opened === undefined) return undefined;
  const settings = entryOf(evidence, named, "registry");
  if (settings === undefined || settings.index >= entry.index || settings.leaf.body.kind !== "settings")
    return "no earlier registration of entitlements is the one it names";
  const document = parseMandateDocument(opened);
  const rules = rulesOf(settings);
  if (rules === undefined || document.subject === `agent:${document.agent}`) return undefined;
  const about = rules.filter((rule) => isAbout(rule, document.subject, groups));
  const found = narrowerParts(unionOf(about), parseAuthority(document.authority));
  return found.kind === "wider"
    ? `the mandate exceeds what its person is entitled to: ${found.violation.dimension} at ${found.violation.path}`
    : undefined;
}

/**
 * Checks each opened mandate against the person behind it: the groups on record stand in what their issuer signed, and
 * what those groups are entitled to, by the registration that the mandate names, covers what the person handed over.
 * @see docs/spec/evidence.md E-36
 */
export function checkEntitled(evidence: Evidence, findings: Findings): void {
  for (const entry of entriesOf(evidence, "mandate")) {
    const { id, body } = entry.leaf;
    if (body.action !== "opened") continue;
    const fault = findings.attempt("E-36", id, () => faultOf(evidence, entry));
    if (fault !== undefined) findings.fail("E-36", fault, id);
  }
}
