import { type Control, numberLimit } from "../../fold/control.ts";
import { leafControl } from "../../fold/leaf-control.ts";
import { isSeen } from "../../fold/seen.ts";
import { agentOf } from "../called.ts";
import { GATE_WROTE, NOT_BEYOND } from "../vantage.ts";

/** Calls of which nobody knows the end, by agent ref. */
type Unknown = { of: { [agent: string]: number } };

/** EVD-03: an effect stands after its permit in the log, and what nobody knows the end of is listed. */
export const evd03: Control = leafControl<Unknown>({
  id: "EVD-03",
  reads: ["dispatch", "token", "unknown"],
  of: "tokens and calls, and the permits before them",
  limits: { outcome_within_s: 600 },
  vantage: [
    GATE_WROTE,
    NOT_BEYOND,
    "That the record was on disk before the bytes left is shown by the drill that ends the process at every step, not by the log.",
  ],
  keeps: () => ({ of: {} }),
  look(seen, _, kept) {
    if (isSeen(seen, "unknown")) {
      const agent = seen.leaf.agent?.id;
      if (agent !== undefined) kept.of[agent] = (kept.of[agent] ?? 0) + 1;
      return undefined;
    }
    if (!isSeen(seen, "dispatch") && !isSeen(seen, "token")) return undefined;
    const isKnown = seen.known.decisions[seen.leaf.body.decision] !== undefined;
    return isKnown
      ? agentOf(seen)
      : { ...agentOf(seen), breaks: `a ${seen.leaf.type} has no permit before it` };
  },
  judge(finding, { world, known, kept, limits }) {
    const before = world.at - numberLimit(limits, "outcome_within_s") * 1000;
    const open = Object.values(known.decisions).filter(
      ({ agent, at, dispatched }) => agent === world.agent.ref && dispatched > 0 && at < before,
    );
    const unknown = kept.of[world.agent.ref] ?? 0;
    return { ...finding, parameters: { without_outcome: open.length, outcome_unknown: unknown } };
  },
});
