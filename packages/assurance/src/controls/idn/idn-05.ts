import { type Control, numberLimit } from "../../fold/control.ts";
import { leafControl } from "../../fold/leaf-control.ts";
import { GATE_WROTE } from "../vantage.ts";

/** IDN-05: nothing of a retired agent is minted, nor accepted after a while. Other people's grants to it are not seen. */
export const idn05: Control = leafControl({
  id: "IDN-05",
  reads: ["registry", "token", "decision"],
  of: "agents that were retired, and what they did afterwards",
  limits: { grace_s: 900 },
  vantage: [GATE_WROTE, "Grants that others gave to the agent, its schedules and its memory are not seen."],
  look({ leaf, known }, limits) {
    if (leaf.type === "registry")
      return leaf.body.kind === "agent" && leaf.body.action === "retired" ? {} : undefined;
    const agent = leaf.agent === undefined ? undefined : known.agents[leaf.agent.id];
    if (agent?.action !== "retired") return undefined;
    if (leaf.type === "token") return { breaks: "a token was minted for a retired agent" };
    const isLate = leaf.at - agent.changedAt > numberLimit(limits, "grace_s") * 1000;
    if (leaf.type !== "decision" || leaf.body.verdict !== "permit" || !isLate) return undefined;
    return { breaks: "a retired agent was let through" };
  },
  judge(finding, { world, known }) {
    if (finding.population > 0 || known.agents[world.agent.ref] === undefined) return finding;
    return { ...finding, predicate: "no agent was retired in the window" };
  },
});
