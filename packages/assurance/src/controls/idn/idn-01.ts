import type { Control } from "../../fold/control.ts";
import { leafControl } from "../../fold/leaf-control.ts";
import { GATE_WROTE } from "../vantage.ts";

/** IDN-01: whoever acts is registered. That nobody else acts anywhere would take a discovery, which does not exist. */
export const idn01: Control = leafControl({
  id: "IDN-01",
  reads: ["token", "decision"],
  of: "tokens and permits of agents",
  absent: "nothing looks for agents that act without being registered: there is no discovery scan",
  vantage: [GATE_WROTE],
  look({ leaf, known }) {
    if (leaf.agent === undefined) return undefined;
    if (leaf.type === "decision" && leaf.body.verdict !== "permit") return undefined;
    const agent = leaf.agent.id;
    return known.agents[agent] === undefined
      ? { agent, breaks: "an agent acted that nobody registered" }
      : { agent };
  },
});
