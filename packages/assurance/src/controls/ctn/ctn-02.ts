import type { Leaf } from "@narrowgate/contracts";
import { type Control, type Limits, numberLimit } from "../../fold/control.ts";
import type { Known } from "../../fold/known.ts";
import { leafControl } from "../../fold/leaf-control.ts";
import { isSeen } from "../../fold/seen.ts";
import { agentOf } from "../called.ts";
import { DRILL_SAW, GATE_WROTE } from "../vantage.ts";

/** CTN-02: after a revocation nothing that rests on it is let through. */
export const ctn02: Control = leafControl<{ permits: number }>({
  id: "CTN-02",
  reads: ["revocation", "decision"],
  of: "revocations, and what was let through although revoked",
  limits: { within_s: 5 },
  vantage: [
    GATE_WROTE,
    DRILL_SAW,
    "Order is that of the log; how many seconds passed is by the gate's own clock.",
  ],
  keeps: () => ({ permits: 0 }),
  look(seen, limits, kept) {
    if (isSeen(seen, "revocation")) return {};
    if (!isSeen(seen, "decision") || seen.leaf.body.verdict !== "permit") return undefined;
    kept.permits++;
    const fault = faultOf(seen.leaf, seen.known, limits);
    return fault === undefined ? undefined : { ...agentOf(seen), breaks: fault };
  },
  judge: (finding, { kept: { permits } }) => ({ ...finding, parameters: { permits_compared: permits } }),
});

function faultOf({ at, body }: Leaf<"decision">, known: Known, limits: Limits): string | undefined {
  if (body.feed < known.feed) return "a permit did not know of a revocation before it";
  const epochs = body.token === undefined ? [] : (known.tokens[body.token]?.epochs ?? []);
  for (const [name, minted] of epochs) {
    const now = known.epochs[name];
    const isDead = now !== undefined && now.epoch > minted;
    if (isDead && at - now.at > numberLimit(limits, "within_s") * 1000)
      return `something was let through ${Math.round((at - now.at) / 1000)} s after it had been revoked`;
  }
  return undefined;
}
