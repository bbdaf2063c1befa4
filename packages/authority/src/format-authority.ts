import type { JsonObject, JsonValue } from "@narrowgate/kernel";
import { type Authority, type AuthorizationDetail, maxDepth } from "./authority.ts";
import { comparators } from "./comparators.ts";
import { type Constraint, formatConstraint } from "./constraint.ts";
import { highestDataClass } from "./data-class.ts";

function formatConstraints(constraints: ReadonlyMap<string, Constraint>): JsonObject {
  return Object.fromEntries([...constraints].map(([pointer, c]) => [pointer, formatConstraint(c)]));
}

/**
 * Wire form of one detail, defaults left out.
 * @see docs/spec/authority.md section 3, rule 3
 */
export function formatDetail(detail: AuthorizationDetail): JsonObject {
  const { type, server, operation, constraints, dataClass, caps, depth, expires } = detail;
  const { member, format } = comparators[type];
  return {
    type,
    server,
    [member]: format(operation),
    ...(constraints.size > 0 ? { constraints: formatConstraints(constraints) } : {}),
    ...(dataClass === highestDataClass ? {} : { data_class: dataClass }),
    ...(caps.size > 0 ? { caps: Object.fromEntries(caps) } : {}),
    ...(depth === maxDepth ? {} : { depth }),
    ...(expires === Number.POSITIVE_INFINITY ? {} : { expires }),
  };
}

/** Wire form of details, for the claim `authorization_details`. @see RFC 9396 section 9.1 */
export function formatAuthorizationDetails(details: readonly AuthorizationDetail[]): readonly JsonObject[] {
  return details.map(formatDetail);
}

/**
 * Wire form of an authority: `formatAuthority(parseAuthority(x))` is the normal form of `x`.
 * @see docs/spec/authority.md section 3
 */
export function formatAuthority(
  authority: Authority,
): JsonObject & Record<"authorization_details", JsonValue> {
  return {
    scope: authority.scope,
    resource: authority.resource,
    authorization_details: formatAuthorizationDetails(authority.details),
  };
}
