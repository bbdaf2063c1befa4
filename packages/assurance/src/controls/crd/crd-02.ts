import type { Control } from "../../fold/control.ts";
import { leafControl } from "../../fold/leaf-control.ts";
import { member, textMember } from "../../fold/opened.ts";
import { isSampled, SAMPLE, sampleFigures } from "../../fold/sample.ts";
import { own } from "../../fold/seen.ts";
import { agentOf } from "../called.ts";
import { claimsOf } from "../claims.ts";
import { DRAWN, GATE_WROTE, PLANE_SAID } from "../vantage.ts";

/** CRD-02: tokens say the environment of this instance, and no key of another instance is trusted here. */
export const crd02: Control = leafControl<{ opened: number }>({
  id: "CRD-02",
  reads: ["token"],
  of: "tokens that were opened for their environment",
  floor: 0.99,
  limits: SAMPLE,
  vantage: [
    GATE_WROTE,
    DRAWN,
    PLANE_SAID,
    "Keys of other instances are compared with those this instance was told of.",
  ],
  keeps: () => ({ opened: 0 }),
  wants: (seen, limits) => (isSampled(seen, limits) ? [own(seen, "proof")] : []),
  look(seen, limits, kept) {
    // What the gate mints for itself belongs to no task, and our own doors refuse it.
    if (seen.leaf.txn === undefined || !isSampled(seen, limits)) return undefined;
    const claims = claimsOf(seen.open(own(seen, "proof")));
    if (claims === undefined) return { ...agentOf(seen), undecided: true };
    kept.opened++;
    const env = textMember(member(claims, "ng"), "env");
    if (env === seen.known.environment) return agentOf(seen);
    return {
      ...agentOf(seen),
      breaks: `a token says ${env ?? "nothing"} where the instance is ${seen.known.environment}`,
    };
  },
  judge(finding, { world: { gate }, kept: { opened } }) {
    const parameters = sampleFigures(opened);
    if (gate === undefined)
      return { ...finding, parameters, unmet: "the keys that are trusted here were not handed in" };
    const says = gate.foreignKeys.map((jkt) => ({
      says: `a key of another instance is trusted here: ${jkt}`,
    }));
    const violations = [...says, ...finding.violations];
    return { ...finding, parameters, violations, violationsInAll: finding.violationsInAll + says.length };
  },
});
