import { type AuthorityParts, narrowerParts, parseAuthority, type Violation } from "@narrowgate/authority";
import type { EntitlementSpec, MandateDocument, MandateRecord } from "@narrowgate/contracts";
import { NarrowgateError } from "@narrowgate/kernel";
import type { Entitlements } from "./ports.ts";

/** Whose entitlements are asked about. */
type Whose = Pick<MandateRecord, "groups"> & { readonly document: MandateDocument };

const parsed = new WeakMap<EntitlementSpec, AuthorityParts>();

function authorityOf(rule: EntitlementSpec): AuthorityParts {
  const known = parsed.get(rule) ?? parseAuthority(rule.authority);
  parsed.set(rule, known);
  return known;
}

function sortedSet(values: readonly string[]): readonly string[] {
  return [...new Set(values)].sort();
}

/** Whether a rule is about this person. A group of one issuer is not the group of that name of another. */
function isAbout({ group, issuer, subject }: EntitlementSpec, { document, groups = [] }: Whose): boolean {
  if (subject !== undefined) return subject === document.subject;
  if (group === undefined || !groups.includes(group)) return false;
  return issuer === undefined || document.subject.startsWith(`${issuer}#`);
}

/**
 * Where a mandate asks for more than its person is entitled to: undefined when it does not, when no mapping is in force,
 * and when the agent acts for nobody but itself, where its ceiling is the bound.
 * INVARIANT: an agent never exceeds the person it serves.
 */
export function excessOf(whose: Whose, inForce: Entitlements | undefined): Violation | undefined {
  const { document } = whose;
  if (inForce === undefined || document.subject === `agent:${document.agent}`) return undefined;
  const all = inForce.rules.filter((rule) => isAbout(rule, whose)).map(authorityOf);
  const union = {
    scope: sortedSet(all.flatMap(({ scope }) => scope)),
    resource: sortedSet(all.flatMap(({ resource }) => resource)),
    details: all.flatMap(({ details }) => details),
  };
  const found = narrowerParts(union, parseAuthority(document.authority));
  return found.kind === "wider" ? found.violation : undefined;
}

/**
 * Checks a mandate that is about to be opened.
 * @throws `not_entitled`
 */
export function checkEntitled(whose: Whose, inForce: Entitlements | undefined): void {
  const excess = excessOf(whose, inForce);
  if (excess === undefined) return;
  const where = `${excess.dimension} at ${excess.path}`;
  throw new NarrowgateError("not_entitled", `the mandate exceeds what its person is entitled to in ${where}`);
}

/** Remembers, for each open mandate, what was found under the mapping that is in force. */
export function createEntitledCheck(
  entitlements: () => Entitlements | undefined,
): (mandate: MandateRecord) => boolean {
  let mapping: Entitlements | undefined;
  let found = new WeakMap<MandateRecord, boolean>();
  return (mandate) => {
    const now = entitlements();
    if (now === undefined) return true;
    if (now !== mapping) {
      mapping = now;
      found = new WeakMap();
    }
    const known = found.get(mandate) ?? excessOf(mandate, now) === undefined;
    found.set(mandate, known);
    return known;
  };
}
