import type { GateFacts } from "@narrowgate/assurance";
import type { CompiledPolicies } from "@narrowgate/policy";

const nobody = { type: "Agent", id: "nobody" };
const nothing = { type: "Tool", id: "nothing" };

/** A rule that lets everything by: no scope, no condition. */
function letsAllBy(policies: CompiledPolicies): boolean {
  const inside = policies.inside();
  return inside.policies.some(({ id, effect, scope }) => {
    const isOpen =
      scope.principal.kind === "any" && scope.action.kind === "any" && scope.resource.kind === "any";
    return effect === "permit" && isOpen && inside.conditions(id).length === 0;
  });
}

/** Asks the engine that decides here, without any policy. */
function refusesUnmatched(policies: CompiledPolicies): boolean {
  const decision = policies
    .inside()
    .subset(new Set())
    .decide({
      principal: nobody,
      action: { type: "Action", id: "call" },
      resource: nothing,
      context: {},
      entities: [nobody, nothing].map((uid) => ({ uid, attrs: {}, parents: [] })),
    });
  return decision.verdict === "deny";
}

/**
 * What happens here without a rule, a record or news, as it runs.
 * @param policies - those in force; without any, everything is refused
 */
export function gateFacts(policies: CompiledPolicies | undefined): GateFacts {
  return {
    defaultDeny: policies === undefined || (refusesUnmatched(policies) && !letsAllBy(policies)),
    // INVARIANT: the gate waits until decision and dispatch are durable before bytes leave; no setting changes that.
    failClosed: true,
    // Epochs and gate are one process: a revocation is in force in the turn in which it is recorded.
    feedMaxAgeSeconds: 0,
    foreignKeys: [],
  };
}
