import type { Releases } from "../assurance/releases/index.ts";
import type { Deciding, PoliciesInForce } from "./policies-in-force.ts";

/**
 * Says which policies decide: those of the release that a token names, where it names one, else those in force.
 * @see docs/spec/release.md R-12
 */
export function decidingPolicies(
  policies: Pick<PoliciesInForce, "current" | "of">,
  releases: Pick<Releases, "policyOf">,
): (deployment: string | undefined) => Deciding {
  return (deployment) =>
    deployment === undefined ? policies.current() : policies.of(releases.policyOf(deployment));
}
