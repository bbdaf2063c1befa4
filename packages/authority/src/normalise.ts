import { canonicalJson } from "@narrowgate/kernel";
import type { Authority, AuthorityParts, AuthorizationDetail } from "./authority.ts";
import { isNarrowerDetail } from "./compare-detail.ts";
import { formatDetail } from "./format-authority.ts";
import { compareText } from "./sorted-set.ts";

function sortedByText(details: readonly AuthorizationDetail[]): readonly AuthorizationDetail[] {
  return details
    .map((detail) => ({ detail, text: canonicalJson(formatDetail(detail)) }))
    .sort((a, b) => compareText(a.text, b.text))
    .map(({ detail }) => detail);
}

/**
 * Sorts details and drops those another one covers.
 * @see docs/spec/authority.md section 3, rule 5
 */
export function normaliseDetails(details: readonly AuthorizationDetail[]): readonly AuthorizationDetail[] {
  const widest: AuthorizationDetail[] = [];
  for (const detail of details) {
    if (widest.some((kept) => isNarrowerDetail(kept, detail))) continue;
    // ORDER: what the new one covers leaves before it enters, or it would remove itself.
    const kept = widest.filter((other) => !isNarrowerDetail(detail, other));
    widest.splice(0, widest.length, ...kept, detail);
  }
  return sortedByText(widest);
}

function sortedSet(members: readonly string[]): readonly string[] {
  return [...new Set(members)].sort(compareText);
}

/**
 * Gives an authority its one form: two authorities are each narrower than the other exactly when their wire forms are
 * then the same canonical JSON. Idempotent.
 * @see docs/spec/authority.md section 3
 */
export function normalise(parts: AuthorityParts): Authority {
  const sorted: AuthorityParts = {
    scope: sortedSet(parts.scope),
    resource: sortedSet(parts.resource),
    details: normaliseDetails(parts.details),
  };
  // The brand exists for the compiler only; this is the one place that may give it.
  return sorted as Authority;
}

/** Tells whether an authority allows nothing at all: it is narrower than every other. */
export function isEmpty(authority: Authority): boolean {
  return authority.scope.length + authority.resource.length + authority.details.length === 0;
}
