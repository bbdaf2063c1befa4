import type { Control } from "../../fold/control.ts";
import { leafControl } from "../../fold/leaf-control.ts";
import { inputAt, textMember } from "../../fold/opened.ts";
import { isSampled, SAMPLE, sampleFigures } from "../../fold/sample.ts";
import { isSeen, type Seen } from "../../fold/seen.ts";
import { agentOf, decisionInputs, openDecision } from "../called.ts";
import { DRAWN, GATE_WROTE } from "../vantage.ts";

/** TSC-01: what is called is as it was approved, and nothing goes to a server that is taken out of use. */
export const tsc01: Control = leafControl<{ opened: number }>({
  id: "TSC-01",
  reads: ["dispatch"],
  of: "calls, of which the drawn ones were opened for their pins",
  floor: 0.99,
  limits: SAMPLE,
  vantage: [
    GATE_WROTE,
    DRAWN,
    "The definition is what the server showed the gate; what the server then runs is not seen.",
  ],
  keeps: () => ({ opened: 0 }),
  wants: (seen, limits) => (isSampled(seen, limits) ? decisionInputs(seen) : []),
  look(seen, limits, kept) {
    if (!isSeen(seen, "dispatch")) return undefined;
    const state = seen.known.servers[seen.leaf.body.server]?.action;
    if (state === "suspended" || state === "retired")
      return { ...agentOf(seen), breaks: `a call went to a server that is ${state}` };
    if (!isSampled(seen, limits) || decisionInputs(seen).length === 0) return agentOf(seen);
    const inputs = openDecision(seen);
    if (inputs === undefined) return { ...agentOf(seen), undecided: true };
    kept.opened++;
    const fault = pinFault(inputs);
    return fault === undefined ? agentOf(seen) : { ...agentOf(seen), breaks: fault };
  },
  judge: (finding, { kept: { opened } }) => ({ ...finding, parameters: sampleFigures(opened) }),
});

function pinFault(inputs: ReturnType<Seen["open"]>): string | undefined {
  const approved = inputAt(inputs, "/pin/approved");
  const current = inputAt(inputs, "/pin/current");
  const kind = textMember(inputAt(inputs, "/call"), "kind");
  // What does not say its kind is taken for a tool.
  const isPinned = kind !== "prompt" && kind !== "resource";
  if (approved === undefined) return isPinned ? "a tool was called that nobody pinned" : undefined;
  return approved === current ? undefined : "a tool was called that is not as it was approved";
}
