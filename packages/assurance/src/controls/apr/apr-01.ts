import type { Control } from "../../fold/control.ts";
import { leafControl } from "../../fold/leaf-control.ts";
import { isSeen, type Seen, type Want } from "../../fold/seen.ts";
import {
  agentOf,
  approvalsOf,
  calledOperation,
  decisionInputs,
  hasOperation,
  openDecision,
} from "../called.ts";
import { isReadOnly, reachesNoIrreversible } from "../reach.ts";
import { GATE_WROTE, OPERATOR_SIGNED } from "../vantage.ts";

/** APR-01: every irreversible call rests on a signature that was given before it. */
export const apr01: Control = leafControl({
  id: "APR-01",
  reads: ["dispatch"],
  of: "calls of operations that cannot be undone",
  floor: 0.99,
  vantage: [GATE_WROTE, OPERATOR_SIGNED, "What an operation does is what its registration says."],
  wants: wanted,
  look(seen) {
    if (!isSeen(seen, "dispatch") || wanted(seen).length === 0) return undefined;
    const inputs = openDecision(seen);
    const called = calledOperation(seen, inputs);
    if (called === undefined) return { ...agentOf(seen), undecided: true };
    if (called.operation.effect !== "irreversible") return undefined;
    const signatures = approvalsOf(inputs);
    if (signatures.length === 0)
      return { ...agentOf(seen), breaks: "an irreversible call ran without a person's approval" };
    const areThere = signatures.every((entry) => seen.known.signatures[entry] !== undefined);
    return areThere
      ? agentOf(seen)
      : { ...agentOf(seen), breaks: "an irreversible call names an approval that is not in the log" };
  },
  judge: (finding, around) =>
    finding.population === 0 && reachesNoIrreversible(around)
      ? { ...finding, predicate: isReadOnly }
      : finding,
});

/** Servers without such an operation need not be opened. */
function wanted(seen: Omit<Seen, "open">): readonly Want[] {
  return hasOperation(seen, ({ effect }) => effect === "irreversible") ? decisionInputs(seen) : [];
}
