import { narrowerParts, parseAuthority } from "@narrowgate/authority";
import { isNarrowgateError } from "@narrowgate/kernel";
import type { Control } from "../../fold/control.ts";
import { leafControl } from "../../fold/leaf-control.ts";
import { listMember, member, textMember } from "../../fold/opened.ts";
import { isSampled, SAMPLE, sampleFigures } from "../../fold/sample.ts";
import { isSeen, own } from "../../fold/seen.ts";
import { agentOf } from "../called.ts";
import { DRAWN, GATE_WROTE } from "../vantage.ts";

/** DEL-05: what a person hands over is compared again with what she is entitled to by the registered mapping. */
export const del05: Control = leafControl<{ opened: number }>({
  id: "DEL-05",
  reads: ["mandate"],
  of: "mandates of people that were compared with their entitlements",
  floor: 0.99,
  limits: SAMPLE,
  vantage: [GATE_WROTE, DRAWN, "Groups are what the identity provider signed when the mandate was opened."],
  keeps: () => ({ opened: 0 }),
  wants: (seen, limits) => (isSampled(seen, limits) ? [own(seen, "content")] : []),
  look(seen, limits, kept) {
    if (!isSeen(seen, "mandate") || seen.leaf.body.action !== "opened" || !isSampled(seen, limits))
      return undefined;
    const content = seen.open(own(seen, "content"));
    const document = member(content, "document");
    const subject = textMember(document, "subject");
    if (subject === undefined) return { ...agentOf(seen), undecided: true };
    if (subject.startsWith("agent:")) return undefined;
    kept.opened++;
    const { entitlements } = seen.known;
    // Which mapping it was compared with stands beside the document; of an older one the rules are no longer at hand.
    if (entitlements === undefined || textMember(content, "entitlements") !== entitlements.entry)
      return { ...agentOf(seen), undecided: true };
    const groups = listMember(content, "groups");
    const excess = excessOf(entitlements.rules, subject, groups, member(document, "authority"));
    return excess === undefined ? agentOf(seen) : { ...agentOf(seen), breaks: excess };
  },
  judge(finding, { known, kept: { opened } }) {
    const parameters = sampleFigures(opened);
    if (known.entitlements !== undefined) return { ...finding, parameters };
    return { ...finding, parameters, unmet: "no mapping of what people may have agents do is in force" };
  },
});

function isAbout(rule: unknown, subject: string, groups: readonly unknown[]): boolean {
  const person = textMember(rule, "subject");
  if (person !== undefined) return person === subject;
  const issuer = textMember(rule, "issuer");
  const isTheirs = issuer === undefined || subject.startsWith(`${issuer}#`);
  return isTheirs && groups.includes(textMember(rule, "group"));
}

function excessOf(
  rules: readonly unknown[],
  subject: string,
  groups: readonly unknown[],
  authority: unknown,
): string | undefined {
  try {
    const theirs = rules
      .filter((rule) => isAbout(rule, subject, groups))
      .map((rule) => parseAuthority(member(rule, "authority")));
    const union = {
      scope: [...new Set(theirs.flatMap(({ scope }) => scope))].sort(),
      resource: [...new Set(theirs.flatMap(({ resource }) => resource))].sort(),
      details: theirs.flatMap(({ details }) => details),
    };
    const found = narrowerParts(union, parseAuthority(authority));
    return found.kind === "wider"
      ? `a mandate exceeds its person in ${found.violation.dimension}`
      : undefined;
  } catch (error) {
    if (isNarrowgateError(error)) return "a mandate or an entitlement holds no authority";
    throw error;
  }
}
