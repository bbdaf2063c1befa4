import type { Control, Limits } from "../../fold/control.ts";
import { leafControl } from "../../fold/leaf-control.ts";
import { inputAt } from "../../fold/opened.ts";
import { isSampled, SAMPLE, sampleFigures } from "../../fold/sample.ts";
import { isSeen, type Seen, type Want } from "../../fold/seen.ts";
import { decisionInputs } from "../called.ts";
import { DRAWN, GATE_WROTE, NOT_BEYOND } from "../vantage.ts";

const required = ["/principal", "/action", "/resource", "/context/mandate", "/context/env", "/context/txn"];

/** POL-01: bytes leave for a server only on a permit of their own, whose inputs hold what policy must know. */
export const pol01: Control = leafControl<{ drawn: number }>({
  id: "POL-01",
  reads: ["dispatch"],
  of: "calls that were dispatched",
  floor: 0.99,
  limits: SAMPLE,
  vantage: [GATE_WROTE, NOT_BEYOND, DRAWN],
  keeps: () => ({ drawn: 0 }),
  wants: inputsOf,
  look(seen, limits, kept) {
    if (!isSeen(seen, "dispatch")) return undefined;
    const agent = seen.leaf.agent === undefined ? {} : { agent: seen.leaf.agent.id };
    const decision = seen.known.decisions[seen.leaf.body.decision];
    if (decision === undefined) return { ...agent, breaks: "bytes left without a permit before them" };
    if (decision.action !== "call" && decision.action !== "list")
      return { ...agent, breaks: `bytes left on a permit to ${decision.action}` };
    const [want] = inputsOf(seen, limits);
    if (want === undefined) return agent;
    kept.drawn++;
    const inputs = seen.open(want);
    if (inputs === undefined) return { ...agent, undecided: true };
    const lacking = required.find((path) => inputAt(inputs, path) === undefined);
    return lacking === undefined ? agent : { ...agent, breaks: `a permit was decided without ${lacking}` };
  },
  judge: (finding, { kept: { drawn } }) => ({ ...finding, parameters: sampleFigures(drawn) }),
});

function inputsOf(seen: Omit<Seen, "open">, limits: Limits): readonly Want[] {
  return isSampled(seen, limits) ? decisionInputs(seen) : [];
}
