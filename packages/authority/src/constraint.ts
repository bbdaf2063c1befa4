import type { JsonObject } from "@narrowgate/kernel";
import { isPlain } from "./plain-string.ts";
import { compareScalars, type Scalar } from "./scalar.ts";
import { commonMembers } from "./sorted-set.ts";

/**
 * What one argument may be, in normal form: three shapes, no two of which admit the same values.
 * INVARIANT: `values` is sorted, without duplicates and not empty; `prefix` is plain; `min < max`, and the absent side
 * of a range is an infinity, though never both.
 * @see docs/spec/authority.md sections 2 and 3
 */
export type Constraint =
  | { readonly kind: "one_of"; readonly values: readonly Scalar[] }
  | { readonly kind: "prefix"; readonly prefix: string }
  | { readonly kind: "range"; readonly min: number; readonly max: number };

/** Makes a set out of distinct scalars in any order; undefined when there is none. */
export function oneOf(values: readonly Scalar[]): Constraint | undefined {
  return values.length === 0 ? undefined : { kind: "one_of", values: values.toSorted(compareScalars) };
}

/** Makes a range; a single point is a set, and nothing when the sides have crossed. */
export function range(min: number, max: number): Constraint | undefined {
  if (min > max) return undefined;
  return min === max ? { kind: "one_of", values: [min] } : { kind: "range", min, max };
}

/**
 * Tells whether `value` satisfies a constraint.
 * Trust: `value` is attacker-controlled and may be any JSON value, or undefined when the argument is absent.
 * @see docs/spec/authority.md section 2
 */
export function admits(constraint: Constraint, value: unknown): boolean {
  switch (constraint.kind) {
    case "one_of":
      // `===` on JSON scalars is the same JSON type and value, with 0 and -0 one number.
      return constraint.values.some((allowed) => allowed === value);
    case "prefix":
      return typeof value === "string" && value.startsWith(constraint.prefix) && isPlain(value);
    case "range":
      return (
        typeof value === "number" &&
        Number.isFinite(value) &&
        value >= constraint.min &&
        value <= constraint.max
      );
  }
}

function includesAll(outer: readonly Scalar[], inner: readonly Scalar[]): boolean {
  let at = 0;
  for (const wanted of inner) {
    while (at < outer.length && outer[at] !== wanted) at++;
    if (at === outer.length) return false;
  }
  return true;
}

/**
 * Tells whether every value `child` admits is admitted by `parent`.
 * @see docs/spec/authority.md section 4
 */
export function isNarrowerConstraint(parent: Constraint, child: Constraint): boolean {
  if (child.kind === "one_of") {
    return parent.kind === "one_of"
      ? includesAll(parent.values, child.values)
      : child.values.every((value) => admits(parent, value));
  }
  if (child.kind === "prefix") return parent.kind === "prefix" && child.prefix.startsWith(parent.prefix);
  return parent.kind === "range" && child.min >= parent.min && child.max <= parent.max;
}

/**
 * The constraint that admits exactly what both admit; undefined when that is nothing.
 * @see docs/spec/authority.md A-13
 */
export function meetConstraints(a: Constraint, b: Constraint): Constraint | undefined {
  if (a.kind === "one_of" && b.kind === "one_of") return oneOf(commonMembers(a.values, b.values));
  if (a.kind === "one_of") return oneOf(a.values.filter((value) => admits(b, value)));
  if (b.kind === "one_of") return meetConstraints(b, a);
  if (a.kind === "prefix" || b.kind === "prefix") {
    if (isNarrowerConstraint(a, b)) return b;
    return isNarrowerConstraint(b, a) ? a : undefined;
  }
  return range(Math.max(a.min, b.min), Math.min(a.max, b.max));
}

/** Wire form of a constraint in normal form. */
export function formatConstraint(constraint: Constraint): JsonObject {
  switch (constraint.kind) {
    case "one_of":
      return { one_of: constraint.values };
    case "prefix":
      return { prefix: constraint.prefix };
    case "range":
      return {
        ...(constraint.max < Number.POSITIVE_INFINITY ? { max: constraint.max } : {}),
        ...(constraint.min > Number.NEGATIVE_INFINITY ? { min: constraint.min } : {}),
      };
  }
}
