import type { CompiledPolicies } from "../compiled-policies.ts";

/** How one policy differs between two bundles; texts run from the first token to the semicolon. */
export interface PolicyDifference {
  readonly id: string;
  /** Absent: it is new. */
  readonly before?: string;
  /** Absent: it ends. */
  readonly after?: string;
}

function textsOf(policies: CompiledPolicies): ReadonlyMap<string, string> {
  return new Map(policies.inside().policies.map(({ id, text }) => [id, text]));
}

/** Policies that are not the same in both, by id. */
export function diffPolicies(before: CompiledPolicies, after: CompiledPolicies): readonly PolicyDifference[] {
  const [was, is] = [textsOf(before), textsOf(after)];
  const ids = [...new Set([...was.keys(), ...is.keys()])].sort();
  return ids.flatMap((id) => {
    const [old, now] = [was.get(id), is.get(id)];
    if (old === now) return [];
    return [
      { id, ...(old === undefined ? {} : { before: old }), ...(now === undefined ? {} : { after: now }) },
    ];
  });
}
