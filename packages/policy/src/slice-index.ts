import type { CheckedOperation } from "./check-request.ts";
import { actionMatches, constraintKey, constraintKeysFor, type PolicyScope } from "./scope.ts";

/** Positions of policies, by principal constraint, then by resource constraint. */
type ByResource = Map<string, number[]>;
type ByPrincipal = Map<string, ByResource>;

function file(into: ByPrincipal, scope: PolicyScope, position: number): void {
  const principal = constraintKey(scope.principal);
  const resource = constraintKey(scope.resource);
  const byResource = into.get(principal) ?? new Map<string, number[]>();
  into.set(principal, byResource);
  const positions = byResource.get(resource) ?? [];
  byResource.set(resource, positions);
  positions.push(position);
}

/**
 * Finds the policies whose scope matches a request, without looking at the others.
 * INVARIANT: it finds exactly those. The constraints that hold for an entity are finitely many and are listed by
 * `constraintKeysFor`; each policy is filed under the one key of its constraint, per action that matches.
 */
export class SliceIndex {
  readonly #scopes: readonly PolicyScope[];
  // Grows with the actions of the schema, never with requests: an unknown action was refused before.
  readonly #byAction: Map<string, ByPrincipal> = new Map();

  /** @param scopes - by position */
  constructor(scopes: readonly PolicyScope[]) {
    this.#scopes = scopes;
  }

  /** Positions of the matching policies, ascending. */
  find({ actionKey, actionShape, principal, resource }: CheckedOperation): number[] {
    const byPrincipal = this.#forAction(actionKey, actionShape.ancestors);
    const resourceKeys = constraintKeysFor(resource.uid.type, resource.key, resource.ancestors);
    const found: number[] = [];
    for (const principalKey of constraintKeysFor(principal.uid.type, principal.key, principal.ancestors)) {
      const byResource = byPrincipal.get(principalKey);
      if (byResource === undefined) continue;
      for (const resourceKey of resourceKeys) {
        const positions = byResource.get(resourceKey);
        if (positions !== undefined) found.push(...positions);
      }
    }
    return found.sort((a, b) => a - b);
  }

  #forAction(key: string, closure: ReadonlySet<string>): ByPrincipal {
    const known = this.#byAction.get(key);
    if (known !== undefined) return known;
    const filed: ByPrincipal = new Map();
    this.#scopes.forEach((scope, position) => {
      if (actionMatches(scope.action, key, closure)) file(filed, scope, position);
    });
    this.#byAction.set(key, filed);
    return filed;
  }
}
