import type { JsonValue } from "@narrowgate/kernel";
import type { Authority, AuthorityParts, AuthorizationDetail, Violation } from "./authority.ts";
import { comparators } from "./comparators.ts";
import { type Excess, excessOf, farthest, isNarrowerDetail } from "./compare-detail.ts";
import { formatConstraint } from "./constraint.ts";
import { formatDetail } from "./format-authority.ts";
import { pointerStep } from "./pointer.ts";
import { firstMissing } from "./sorted-set.ts";

/** For each detail of the child, the index of a detail of the parent that it is narrower than; both in normal form. */
export interface NarrowingProof {
  readonly details: readonly number[];
}

/** Whether a child is narrower than a parent, and why, or the first reason why not. */
export type Narrowing =
  | { readonly kind: "narrower"; readonly proof: NarrowingProof }
  | { readonly kind: "wider"; readonly violation: Violation };

/** Where the wire form of a detail writes a dimension, and what it has there. */
function written(
  detail: AuthorizationDetail,
  excess: Excess,
): { path: string; value: JsonValue | undefined } {
  const { dimension, key = "" } = excess;
  switch (dimension) {
    case "operation": {
      const { member, format } = comparators[detail.type];
      return { path: `/${member}`, value: format(detail.operation) };
    }
    case "constraint": {
      const constraint = detail.constraints.get(key);
      return { path: `/constraints${pointerStep(key)}`, value: constraint && formatConstraint(constraint) };
    }
    case "cap":
      return { path: `/caps${pointerStep(key)}`, value: detail.caps.get(key) };
    default:
      return { path: `/${dimension}`, value: formatDetail(detail)[dimension] };
  }
}

function violationOf(
  excess: Excess,
  path: string,
  parent: AuthorizationDetail,
  child: AuthorizationDetail,
): Violation {
  const wanted = written(parent, excess);
  const got = written(child, excess);
  return {
    dimension: excess.dimension,
    path: path + got.path,
    ...(wanted.value === undefined ? {} : { parent: wanted.value }),
    ...(got.value === undefined ? {} : { child: got.value }),
  };
}

function setViolation(
  dimension: "scope" | "resource",
  parent: readonly string[],
  child: readonly string[],
): Violation | undefined {
  const at = firstMissing(parent, child);
  return at === undefined
    ? undefined
    : { dimension, path: `/${dimension}/${at}`, parent, child: child[at] ?? null };
}

function detailViolation(
  parents: readonly AuthorizationDetail[],
  child: AuthorizationDetail,
  index: number,
): Violation {
  const path = `/authorization_details/${index}`;
  const failures = parents.flatMap((parent) => {
    const excess = excessOf(parent, child);
    return excess === undefined ? [] : [{ parent, excess }];
  });
  const nearest = farthest(failures);
  if (nearest === undefined) return { dimension: "type", path: `${path}/type`, child: child.type };
  return violationOf(nearest.excess, path, nearest.parent, child);
}

/** As {@link narrower}, for a parent that need not be in normal form: the proof gives indices into `parent.details`. */
export function narrowerParts(parent: AuthorityParts, child: Authority): Narrowing {
  const outside =
    setViolation("scope", parent.scope, child.scope) ??
    setViolation("resource", parent.resource, child.resource);
  if (outside !== undefined) return { kind: "wider", violation: outside };
  const details: number[] = [];
  for (const [index, detail] of child.details.entries()) {
    const at = parent.details.findIndex((wider) => isNarrowerDetail(wider, detail));
    if (at === -1) return { kind: "wider", violation: detailViolation(parent.details, detail, index) };
    details.push(at);
  }
  return { kind: "narrower", proof: { details } };
}

/**
 * Compares two authorities; narrower includes equal.
 * @returns a proof that can be checked without search, or the first violation in the order of the specification
 * @see docs/spec/authority.md section 4, A-10 to A-12
 */
export function narrower(parent: Authority, child: Authority): Narrowing {
  return narrowerParts(parent, child);
}

/**
 * Checks a proof, one comparison for each detail of the child.
 * Trust: `proof` is attacker-controlled, and may hold anything a list of numbers can.
 * @see docs/spec/authority.md A-12
 */
export function checkNarrowingProof(parent: Authority, child: Authority, proof: NarrowingProof): boolean {
  if (firstMissing(parent.scope, child.scope) !== undefined) return false;
  if (firstMissing(parent.resource, child.resource) !== undefined) return false;
  if (proof.details.length !== child.details.length) return false;
  return child.details.every((detail, index) => {
    const at = proof.details[index];
    const wider = Number.isInteger(at) ? parent.details[at ?? -1] : undefined;
    return wider !== undefined && isNarrowerDetail(wider, detail);
  });
}
