import { type AuthorizationDetail, detailDimensions } from "./authority.ts";
import { isNarrowerConstraint } from "./constraint.ts";
import { isAtOrBelow } from "./data-class.ts";

type DetailDimension = (typeof detailDimensions)[number];

/** The first dimension in which a detail exceeds another, and the pointer or cap when there are several of them. */
export interface Excess {
  readonly dimension: DetailDimension;
  readonly key?: string;
}

type Check = (parent: AuthorizationDetail, child: AuthorizationDetail) => Excess | undefined;

function whenNot(holds: boolean, dimension: DetailDimension): Excess | undefined {
  return holds ? undefined : { dimension };
}

const checks: Readonly<Record<DetailDimension, Check>> = {
  type: (parent, child) => whenNot(parent.type === child.type, "type"),
  server: (parent, child) => whenNot(parent.server === child.server, "server"),
  operation: (parent, child) => whenNot(isNarrowerConstraint(parent.operation, child.operation), "operation"),
  constraint: (parent, child) => {
    for (const [key, wanted] of parent.constraints) {
      const got = child.constraints.get(key);
      if (got === undefined || !isNarrowerConstraint(wanted, got)) return { dimension: "constraint", key };
    }
    return undefined;
  },
  data_class: (parent, child) => whenNot(isAtOrBelow(parent.dataClass, child.dataClass), "data_class"),
  cap: (parent, child) => {
    for (const [key, limit] of parent.caps) {
      const got = child.caps.get(key);
      if (got === undefined || got > limit) return { dimension: "cap", key };
    }
    return undefined;
  },
  depth: (parent, child) => whenNot(child.depth <= parent.depth, "depth"),
  expires: (parent, child) => whenNot(child.expires <= parent.expires, "expires"),
};

// One row for each dimension, in the order of the specification's table.
const ladder: readonly Check[] = detailDimensions.map((dimension) => checks[dimension]);

/**
 * Compares two details.
 * @returns undefined when `child` is narrower than `parent`, else the first dimension in which it is not
 * @see docs/spec/authority.md section 4
 */
export function excessOf(parent: AuthorizationDetail, child: AuthorizationDetail): Excess | undefined {
  for (const check of ladder) {
    const excess = check(parent, child);
    if (excess !== undefined) return excess;
  }
  return undefined;
}

/** Tells whether `child` is narrower than `parent`. @see docs/spec/authority.md section 4 */
export function isNarrowerDetail(parent: AuthorizationDetail, child: AuthorizationDetail): boolean {
  return excessOf(parent, child) === undefined;
}

/** Of several failures the one that came farthest down the table; of equals the first. */
export function farthest<T extends { readonly excess: Excess }>(failures: readonly T[]): T | undefined {
  const rankOf = ({ excess }: T): number => detailDimensions.indexOf(excess.dimension);
  let best: T | undefined;
  for (const failure of failures) {
    if (best === undefined || rankOf(failure) > rankOf(best)) best = failure;
  }
  return best;
}
