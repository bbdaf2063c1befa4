import type { CompiledPolicies } from "../compiled-policies.ts";
import { pathUses } from "./path-uses.ts";

/** A forbid that asks for signatures and never looks whether they are there. */
export interface UnreadApproval {
  readonly id: string;
  /** The signatures it asks for, `role#n`, sorted. */
  readonly asks: readonly string[];
}

/** Forbids with `@approval` whose conditions do not read `context.approvals`: whoever signs, they go on refusing. */
export function unreadApprovals(policies: CompiledPolicies): readonly UnreadApproval[] {
  return policies.inside().policies.flatMap(({ id, approval }): UnreadApproval[] => {
    if (approval.length === 0) return [];
    // A condition that takes the context as a whole may look anywhere in it.
    const reads = ({ path: [root, name] }: { path: readonly string[] }): boolean =>
      root === "context" && (name === undefined || name === "approvals");
    return pathUses(policies, [id]).some(reads) ? [] : [{ id, asks: approval }];
  });
}
