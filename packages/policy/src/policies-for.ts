import type { CompiledPolicy, PolicyInside } from "./compiled-policies.ts";
import { type EntityRef, entityKey } from "./decision.ts";
import { constraintKey, constraintKeysFor } from "./scope.ts";

/**
 * The policies that can apply to a principal, whatever it does: all but those whose scope names another one. In the
 * order of their ids.
 * @param ancestors - groups it is in, without itself
 */
export function policiesFor(
  { policies }: Pick<PolicyInside, "policies">,
  principal: EntityRef,
  ancestors: readonly EntityRef[] = [],
): readonly CompiledPolicy[] {
  const keys = new Set(constraintKeysFor(principal.type, entityKey(principal), ancestors.map(entityKey)));
  return policies.filter(({ scope }) => keys.has(constraintKey(scope.principal)));
}
