import type { Control } from "../../fold/control.ts";
import type { KnownOperation } from "../../fold/known.ts";
import { leafControl } from "../../fold/leaf-control.ts";
import { inputAt, member } from "../../fold/opened.ts";
import { isSampled, SAMPLE, sampleFigures } from "../../fold/sample.ts";
import { isSeen, type Seen, type Want } from "../../fold/seen.ts";
import {
  agentOf,
  approvalsOf,
  calledOperation,
  decisionInputs,
  hasOperation,
  openDecision,
} from "../called.ts";
import { DRAWN, GATE_WROTE } from "../vantage.ts";

/** TSC-05: every call knows its labels, and once strangers' content is in, nothing is sent out or done for good unapproved. */
export const tsc05: Control = leafControl<{ opened: number; untrusted: number }>({
  id: "TSC-05",
  reads: ["dispatch"],
  of: "calls that were opened for their labels: all that change something while untrusted, and a sample of the others",
  floor: 0.99,
  limits: SAMPLE,
  vantage: [
    GATE_WROTE,
    DRAWN,
    "Labels follow what passes the gate; what reaches an agent's context on other ways is not labelled.",
  ],
  keeps: () => ({ opened: 0, untrusted: 0 }),
  wants: wanted,
  look(seen, limits, kept) {
    if (!isSeen(seen, "dispatch") || wanted(seen, limits).length === 0) return undefined;
    const inputs = openDecision(seen);
    if (inputs === undefined) return { ...agentOf(seen), undecided: true };
    kept.opened++;
    const label = inputAt(inputs, "/labels/transaction");
    if (label === undefined) return { ...agentOf(seen), breaks: "a call was decided without labels" };
    const isTainted = [label, inputAt(inputs, "/labels/instance")].some(
      (one) => member(one, "untrusted") === true,
    );
    if (!isTainted)
      return isMarked(seen)
        ? { ...agentOf(seen), breaks: "a call did not know that it was untrusted" }
        : agentOf(seen);
    kept.untrusted++;
    const operation = calledOperation(seen, inputs)?.operation;
    if (!isForGood(operation) || approvalsOf(inputs).length > 0) return agentOf(seen);
    return {
      ...agentOf(seen),
      breaks: "something was sent out or done for good after strangers' content, without approval",
    };
  },
  judge: (finding, { kept: { opened, untrusted } }) => ({
    ...finding,
    parameters: { ...sampleFigures(opened), untrusted },
  }),
});

/** Whether an operation changes something that cannot be undone, or sends something out with a change. */
function isForGood(operation: KnownOperation | undefined): boolean {
  if (operation === undefined) return true;
  return operation.effect === "irreversible" || (operation.egress && operation.effect !== "read");
}

/** Whether the log says that strangers' content had reached the transaction or the instance before the permit. */
function isMarked({ leaf, known }: Omit<Seen, "open">): boolean {
  return leaf.type === "dispatch" && known.decisions[leaf.body.decision]?.untrusted === true;
}

function wanted(seen: Omit<Seen, "open">, limits: Parameters<typeof isSampled>[1]): readonly Want[] {
  const mayChange = isMarked(seen) && hasOperation(seen, ({ effect }) => effect !== "read");
  return mayChange || isSampled(seen, limits) ? decisionInputs(seen) : [];
}
