import { type Control, type Limits, numberLimit } from "../../fold/control.ts";
import { leafControl } from "../../fold/leaf-control.ts";
import { isSeen, type Seen } from "../../fold/seen.ts";
import { ofEach } from "../../fold/tally.ts";
import { GATE_WROTE, OPERATOR_SIGNED } from "../vantage.ts";

type Fan = { children: { [root: string]: number }; order: string[] };

/** DEL-03: hand-offs go along registered edges, no deeper and no wider than allowed. */
export const del03: Control = leafControl<Fan>({
  id: "DEL-03",
  reads: ["token"],
  of: "hand-offs to another agent",
  limits: { depth: 3, fan_out: 64, roots_remembered: 16_384 },
  vantage: [GATE_WROTE, OPERATOR_SIGNED],
  keeps: () => ({ children: {}, order: [] }),
  look(seen, limits, kept) {
    if (!isSeen(seen, "token") || seen.leaf.body.mode !== "rebind" || seen.leaf.agent === undefined)
      return undefined;
    const { parent = "" } = seen.leaf.body;
    const from = seen.known.tokens[parent];
    const fault = faultOf(seen, limits) ?? widthFault(kept, from?.root ?? parent, limits);
    const isOpen = fault === undefined && edgesOf(seen) === undefined;
    const observed = fault === undefined ? {} : { breaks: fault };
    return ofEach([seen.leaf.agent.id, from?.chain[0]], isOpen ? { undecided: true } : observed);
  },
  judge(finding, { world, known }) {
    const delegates = known.agents[world.agent.ref]?.delegates;
    if (finding.population > 0 || delegates === undefined || delegates.length > 0) return finding;
    return { ...finding, predicate: "the agent is registered to hand off to nobody, and was handed nothing" };
  },
});

/** To whom the agent that hands off may do so; undefined where that is not disclosed. */
function edgesOf({ leaf, known }: Seen<"token">): readonly string[] | undefined {
  const [from = ""] = known.tokens[leaf.body.parent ?? ""]?.chain ?? [];
  return known.agents[from]?.delegates;
}

function faultOf({ leaf, known }: Seen<"token">, limits: Limits): string | undefined {
  const from = known.tokens[leaf.body.parent ?? ""];
  const child = known.agents[leaf.agent?.id ?? ""];
  if (child === undefined) return "an agent was handed a token before it was registered";
  const before = from?.chain[0];
  const parent = before === undefined ? undefined : known.agents[before];
  if (parent === undefined) return "a hand-off comes from an agent that nobody registered";
  if (parent.delegates?.includes(child.id) === false) return "a hand-off follows no registered edge";
  const depth = from?.chain.length ?? 0;
  return depth > numberLimit(limits, "depth") ? `a chain is ${depth} hand-offs deep` : undefined;
}

function widthFault(kept: Fan, root: string, limits: Limits): string | undefined {
  const n = (kept.children[root] ?? 0) + 1;
  if (n === 1) kept.order.push(root);
  kept.children[root] = n;
  const most = numberLimit(limits, "roots_remembered");
  if (kept.order.length >= 2 * most) for (const old of kept.order.splice(0, most)) delete kept.children[old];
  return n > numberLimit(limits, "fan_out") ? `${n} hand-offs under one root` : undefined;
}
