import { type Control, type Limits, numberLimit } from "../../fold/control.ts";
import type { KnownDecision } from "../../fold/known.ts";
import { leafControl } from "../../fold/leaf-control.ts";
import { isSeen, type Seen } from "../../fold/seen.ts";
import { agentOf } from "../called.ts";
import { GATE_WROTE } from "../vantage.ts";

/** POL-05: a permit is used at once, once, and under the policy that is in force then. */
export const pol05: Control = leafControl({
  id: "POL-05",
  reads: ["dispatch"],
  of: "calls that were dispatched on a permit",
  limits: { permit_age_ms: 10_000 },
  vantage: [GATE_WROTE, "Times are the gate's own; witnesses bracket them by the hour."],
  look(seen, limits) {
    if (!isSeen(seen, "dispatch")) return undefined;
    const decision = seen.known.decisions[seen.leaf.body.decision];
    // A dispatch without a permit is POL-01's.
    if (decision === undefined) return undefined;
    const fault = faultOf(seen, decision, limits);
    return fault === undefined ? agentOf(seen) : { ...agentOf(seen), breaks: fault };
  },
});

function faultOf(
  { leaf, known }: Seen<"dispatch">,
  decision: KnownDecision,
  limits: Limits,
): string | undefined {
  if (decision.dispatched > 0) return "a permit was used twice";
  if (leaf.at - decision.at > numberLimit(limits, "permit_age_ms")) return "a permit was used late";
  // In production the policies are those of the release, whatever was published since; that they are is replayed.
  const isOfRelease = known.environment === "prod";
  const isInForce = isOfRelease || known.policy === undefined || known.policy.digest === decision.policy;
  return isInForce ? undefined : "a permit was used after its policy had been replaced";
}
