import type { Role } from "@narrowgate/contracts";
import { type JsonObject, type JsonValue, NarrowgateError } from "@narrowgate/kernel";
import type { RoleMapping } from "../ports.ts";

const MAX_GROUPS = 4096;

function memberOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject && Object.hasOwn(value, name) ? Object.fromEntries(Object.entries(value))[name] : undefined;
}

/** The steps of a JSON Pointer (RFC 6901). */
function stepsOf(pointer: string): readonly string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** Whether the provider says that it left the claim out because it was too long (OpenID Connect Core section 5.6.2). */
function isLeftOut(claims: JsonObject, name: string): boolean {
  return memberOf(claims["_claim_names"], name) !== undefined || claims["hasgroups"] === true;
}

/**
 * Roles out of the claims of a verified ID token: a text or a list of texts at the pointer, each looked up in the mapping.
 * What is not text, or is not in the mapping, counts for nothing.
 * Trust: the claims are signed by the provider; their shape is not trusted.
 * @throws NarrowgateError `sign_in_refused` when the provider left the claim out because it was too long: nobody is to lose
 * roles, or keep old ones, for having many groups
 */
export function rolesFromClaims(claims: JsonObject, { claim, roles }: RoleMapping): readonly Role[] {
  const steps = stepsOf(claim);
  const found = steps.reduce<JsonValue | undefined>(memberOf, claims);
  if (found === undefined && isLeftOut(claims, steps[0] ?? ""))
    throw new NarrowgateError(
      "sign_in_refused",
      "the provider left out your groups, for there are too many; it has to send roles or fewer groups",
    );
  const names = typeof found === "string" ? [found] : Array.isArray(found) ? found.slice(0, MAX_GROUPS) : [];
  const given = names.flatMap((name: JsonValue) =>
    typeof name === "string" && Object.hasOwn(roles, name) ? (roles[name] ?? []) : [],
  );
  return [...new Set(given)].sort();
}
