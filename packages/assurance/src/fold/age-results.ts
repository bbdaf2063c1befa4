import type { ControlResult, Evaluation } from "@narrowgate/contracts";

/**
 * What an evaluation says later: a result older than its control allows is stale. A counter-example does not age.
 * @param at - Unix milliseconds
 * @see docs/spec/assurance.md C-13
 */
export function ageResults({ at: evaluatedAt, results }: Evaluation, at: number): readonly ControlResult[] {
  return results.map((result) => {
    const isOld = at - evaluatedAt > result.max_age_s * 1000;
    if (!isOld || (result.verdict !== "pass" && result.verdict !== "not_applicable")) return result;
    const { predicate: _, ...rest } = result;
    return { ...rest, verdict: "stale", unmet: `evaluated more than ${result.max_age_s} s ago` };
  });
}
