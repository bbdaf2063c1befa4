import { type Actor, type ActorChain, chainDepth, isSameActor, maxChainDepth } from "./actor-chain.ts";

/** How a hop treats the chain: the same presenter goes on, or another takes over. */
export type HopMode = "continuation" | "rebind";

/** The chain after a rebind; `continued` when the actor presented the parent already, and then the hop is no rebind. */
export type RebindOutcome =
  | { readonly kind: "rebound"; readonly chain: ActorChain }
  | { readonly kind: "continued"; readonly chain: ActorChain }
  | { readonly kind: "refused"; readonly reason: "too_deep" };

/** Why a child's chain does not follow from its parent's. */
export type ChainFault = "changed" | "not_nested" | "same_actor" | "too_deep";

/** Whether a chain is one valid step from another. */
export type ChainStep =
  | { readonly kind: "valid" }
  | { readonly kind: "invalid"; readonly reason: ChainFault };

/** The chain after a continuation: the same. @see docs/spec/authority.md A-18 */
export function continueChain<C extends ActorChain | undefined>(chain: C): C {
  return chain;
}

/**
 * Puts a new presenter in front of a chain.
 * Trust: the caller has authenticated `actor` and its right to take over; this only says what the chain is then.
 * @see docs/spec/authority.md
 */
export function rebindChain(parent: ActorChain | undefined, actor: Actor): RebindOutcome {
  if (parent === undefined) return { kind: "rebound", chain: [actor] };
  if (isSameActor(parent[0], actor)) return { kind: "continued", chain: parent };
  if (parent.length >= maxChainDepth) return { kind: "refused", reason: "too_deep" };
  return { kind: "rebound", chain: [actor, ...parent] };
}

function isSameChain(a: readonly Actor[], b: readonly Actor[]): boolean {
  return (
    a.length === b.length &&
    a.every((actor, i) => {
      const other = b[i];
      return other !== undefined && isSameActor(actor, other) && actor.subProfile === other.subProfile;
    })
  );
}

function faultOfRebind(
  parent: ActorChain | undefined,
  child: ActorChain | undefined,
): ChainFault | undefined {
  if (child === undefined) return "not_nested";
  if (chainDepth(child) > maxChainDepth) return "too_deep";
  const [presenter, ...before] = child;
  if (!isSameChain(parent ?? [], before)) return "not_nested";
  return parent !== undefined && isSameActor(parent[0], presenter) ? "same_actor" : undefined;
}

/**
 * Checks that a child's chain follows from its parent's: unchanged by a continuation, one layer more by a rebind.
 * Trust: both chains are parsed and otherwise attacker-controlled.
 * @see docs/spec/authority.md
 */
export function checkChainStep(
  parentChain: ActorChain | undefined,
  childChain: ActorChain | undefined,
  mode: HopMode,
): ChainStep {
  const continues = isSameChain(parentChain ?? [], childChain ?? []);
  const fault =
    mode === "rebind" ? faultOfRebind(parentChain, childChain) : continues ? undefined : "changed";
  return fault === undefined ? { kind: "valid" } : { kind: "invalid", reason: fault };
}
