import type { Control } from "../../fold/control.ts";
import { leafControl } from "../../fold/leaf-control.ts";
import { isSeen } from "../../fold/seen.ts";
import { agentOf } from "../called.ts";
import { GATE_WROTE } from "../vantage.ts";

/** TSC-02: calls go to registered servers. Where else an agent may connect nobody sees. */
export const tsc02: Control = leafControl({
  id: "TSC-02",
  reads: ["dispatch"],
  of: "calls and the servers they went to",
  absent: "what agents connect to beside the gate is not seen: there is no egress log and no discovery scan",
  vantage: [GATE_WROTE],
  look(seen) {
    if (!isSeen(seen, "dispatch")) return undefined;
    const isKnown = seen.known.servers[seen.leaf.body.server] !== undefined;
    return isKnown
      ? agentOf(seen)
      : { ...agentOf(seen), breaks: "a call went to a server that nobody registered" };
  },
});
