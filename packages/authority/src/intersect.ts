import {
  type Authority,
  type AuthorityParts,
  type AuthorizationDetail,
  maxConstraints,
  maxDetails,
} from "./authority.ts";
import { type Constraint, meetConstraints } from "./constraint.ts";
import { isAtOrBelow } from "./data-class.ts";
import { normalise, normaliseDetails } from "./normalise.ts";
import { pointersNest } from "./pointer.ts";
import { commonMembers, compareText } from "./sorted-set.ts";

/** Most pairs of details that may have something in common. */
export const maxMeets = 256;

/** Why an intersection is refused: it exists, and is too large to be written down. */
export type TooLarge = "too_many_meets" | "too_many_details" | "too_many_constraints";

/** The greatest lower bound, or why there is none that may be written down. */
export type Intersection =
  | { readonly kind: "authority"; readonly authority: Authority }
  | { readonly kind: "refused"; readonly reason: TooLarge };

/** The greatest lower bound of two lists of details. */
export type DetailsIntersection =
  | { readonly kind: "details"; readonly details: readonly AuthorizationDetail[] }
  | { readonly kind: "refused"; readonly reason: TooLarge };

/** Merges two maps; where both have a key, `meet` decides, and undefined from it ends the merge. */
function mergeMaps<V>(
  a: ReadonlyMap<string, V>,
  b: ReadonlyMap<string, V>,
  meet: (a: V, b: V) => V | undefined,
): ReadonlyMap<string, V> | undefined {
  const merged = new Map(a);
  for (const [key, value] of b) {
    const other = merged.get(key);
    const met = other === undefined ? value : meet(other, value);
    if (met === undefined) return undefined;
    merged.set(key, met);
  }
  return new Map([...merged].sort(([x], [y]) => compareText(x, y)));
}

function meetOfConstraints(
  a: AuthorizationDetail,
  b: AuthorizationDetail,
): ReadonlyMap<string, Constraint> | undefined {
  const merged = mergeMaps(a.constraints, b.constraints, meetConstraints);
  return merged === undefined || pointersNest([...merged.keys()]) ? undefined : merged;
}

/**
 * The widest detail narrower than both; undefined when nothing fits both.
 * @see docs/spec/authority.md A-13
 */
export function meetDetails(a: AuthorizationDetail, b: AuthorizationDetail): AuthorizationDetail | undefined {
  if (a.type !== b.type || a.server !== b.server) return undefined;
  const operation = meetConstraints(a.operation, b.operation);
  const constraints = meetOfConstraints(a, b);
  const caps = mergeMaps(a.caps, b.caps, Math.min);
  if (operation === undefined || constraints === undefined || caps === undefined) return undefined;
  return {
    type: a.type,
    server: a.server,
    operation,
    constraints,
    dataClass: isAtOrBelow(a.dataClass, b.dataClass) ? b.dataClass : a.dataClass,
    caps,
    depth: Math.min(a.depth, b.depth),
    expires: Math.min(a.expires, b.expires),
  };
}

/** Intersects two lists of details. @see docs/spec/authority.md A-13 */
export function intersectDetails(
  a: readonly AuthorizationDetail[],
  b: readonly AuthorizationDetail[],
): DetailsIntersection {
  const meets: AuthorizationDetail[] = [];
  for (const left of a) {
    for (const right of b) {
      const met = meetDetails(left, right);
      if (met !== undefined) meets.push(met);
      if (meets.length > maxMeets) return { kind: "refused", reason: "too_many_meets" };
    }
  }
  const details = normaliseDetails(meets);
  // A smaller result would be narrower still, and no longer the greatest: what cannot be written is refused, not cut.
  if (details.length > maxDetails) return { kind: "refused", reason: "too_many_details" };
  if (details.some(({ constraints }) => constraints.size > maxConstraints)) {
    return { kind: "refused", reason: "too_many_constraints" };
  }
  return { kind: "details", details };
}

/** As {@link intersect}, for authorities that need not be in normal form. */
export function intersectParts(a: AuthorityParts, b: AuthorityParts): Intersection {
  const met = intersectDetails(a.details, b.details);
  if (met.kind === "refused") return met;
  const authority = normalise({
    scope: commonMembers(a.scope, b.scope),
    resource: commonMembers(a.resource, b.resource),
    details: met.details,
  });
  return { kind: "authority", authority };
}

/**
 * The greatest lower bound: narrower than both, and wider than all else that is.
 * @see docs/spec/authority.md A-13
 */
export function intersect(a: Authority, b: Authority): Intersection {
  return intersectParts(a, b);
}
