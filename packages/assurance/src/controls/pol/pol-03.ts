import type { Control, Finding } from "../../fold/control.ts";
import { leafControl, nothingFound } from "../../fold/leaf-control.ts";
import { isSeen } from "../../fold/seen.ts";
import { signedProposal } from "../proposal.ts";
import { OPERATOR_SIGNED, PEOPLE_SIGNED } from "../vantage.ts";

/** POL-03: each policy in force was signed by an operator and follows on the one before; the release it is in was signed by others. */
export const pol03: Control = leafControl({
  id: "POL-03",
  reads: ["policy"],
  of: "policies that came into force, and the signatures under the release that holds them",
  vantage: [
    OPERATOR_SIGNED,
    PEOPLE_SIGNED,
    "That a policy's tests passed before it came into force is nowhere on record.",
  ],
  look(seen) {
    if (!isSeen(seen, "policy")) return undefined;
    const { body, sealed } = seen.leaf;
    // What a recovered log states anew was signed for the log that was lost.
    if (seen.known.recovered === true && seen.known.policy === undefined) return {};
    if (sealed?.proof === undefined) return { breaks: "a policy came into force that no operator signed" };
    const isNext = body.previous === seen.known.policy?.digest;
    return isNext ? {} : { breaks: "a policy does not follow on the one that was in force" };
  },
  judge(finding, { world, known }): Finding {
    if (known.policy === undefined) return nothingFound();
    // A window without a change is judged by the policy that is in force.
    const inForce = { entry: known.policy.entry, index: known.policy.index };
    const evidence = finding.evidence.length > 0 ? finding.evidence : [inForce];
    const signed = signedProposal(world, known);
    const population = Math.max(1, finding.population) + (signed === undefined ? 0 : 4);
    const counted = { ...finding, population, decided: population, evidence };
    if (signed === undefined)
      return { ...counted, unmet: "nobody but its author has signed for the policy in force" };
    const own = Object.values(signed.signed).filter(({ person }) => world.authors.includes(person));
    const violations = own.map(({ entry }) => ({ entry, says: "an author signed for the policy" }));
    return {
      ...counted,
      violations: [...violations, ...finding.violations],
      violationsInAll: finding.violationsInAll + own.length,
    };
  },
});
