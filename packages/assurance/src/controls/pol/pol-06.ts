import type { Control } from "../../fold/control.ts";
import { leafControl } from "../../fold/leaf-control.ts";
import { DRILL_SAW, GATE_WROTE } from "../vantage.ts";

type Keys = { agents: { [jkt: string]: true }; operators: { [jkt: string]: true } };

/** POL-06: no key of an agent is a key of an operator. What administers is reached by a socket of its own, with such a key. */
export const pol06: Control = leafControl<Keys>({
  id: "POL-06",
  reads: ["operator", "attestation"],
  of: "keys of operators and of agents",
  vantage: [
    GATE_WROTE,
    DRILL_SAW,
    "Who may reach the machine, its files and its administration socket is decided by the machine and not seen here.",
  ],
  keeps: () => ({ agents: {}, operators: {} }),
  look({ leaf }, _, kept) {
    if (leaf.type === "operator" && leaf.body.action === "enrolled") {
      kept.operators[leaf.body.jkt] = true;
      return kept.agents[leaf.body.jkt] === true
        ? { breaks: "an agent's key was enrolled as an operator's" }
        : {};
    }
    if (leaf.type !== "attestation" || leaf.body.jkt === undefined || leaf.body.verdict !== "accepted")
      return undefined;
    kept.agents[leaf.body.jkt] = true;
    return kept.operators[leaf.body.jkt] === true
      ? { breaks: "an operator's key was accepted as an agent's" }
      : {};
  },
});
