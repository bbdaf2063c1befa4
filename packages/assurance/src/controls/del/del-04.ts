import { type Control, numberLimit } from "../../fold/control.ts";
import { leafControl } from "../../fold/leaf-control.ts";
import { isSeen } from "../../fold/seen.ts";
import { agentOf } from "../called.ts";
import { GATE_WROTE } from "../vantage.ts";

type Used = { server: { [token: string]: string }; order: string[] };

/** DEL-04: one token works at one server. */
export const del04: Control = leafControl<Used>({
  id: "DEL-04",
  reads: ["dispatch"],
  of: "calls made with a token that names its audience",
  limits: { tokens_remembered: 65_536 },
  vantage: [
    GATE_WROTE,
    "The gate forwards no inbound token: upstream servers get one of their own, or none. What a server does with what it was given is not seen.",
  ],
  keeps: () => ({ server: {}, order: [] }),
  look(seen, limits, kept) {
    if (!isSeen(seen, "dispatch")) return undefined;
    const { decision, server } = seen.leaf.body;
    const token = seen.known.decisions[decision]?.token;
    if (token === undefined) return undefined;
    const first = kept.server[token];
    if (first === undefined) {
      kept.server[token] = server;
      kept.order.push(token);
    }
    const most = numberLimit(limits, "tokens_remembered");
    if (kept.order.length >= 2 * most) for (const old of kept.order.splice(0, most)) delete kept.server[old];
    if (first === undefined || first === server) return agentOf(seen);
    return { ...agentOf(seen), breaks: "one token was accepted for two servers" };
  },
});
