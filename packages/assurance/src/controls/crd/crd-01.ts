import type { Control } from "../../fold/control.ts";
import { leafControl } from "../../fold/leaf-control.ts";
import { ofEach } from "../../fold/tally.ts";
import { GATE_WROTE } from "../vantage.ts";

type Keys = { owner: { [jkt: string]: string } };

/** CRD-01: a key belongs to one agent, from the first time it is seen. */
export const crd01: Control = leafControl<Keys>({
  id: "CRD-01",
  reads: ["attestation", "token"],
  of: "uses of a key by an agent",
  vantage: [
    GATE_WROTE,
    "Keys are compared by thumbprint within this instance; secrets outside the gate, such as those of upstream interfaces, are not seen.",
  ],
  keeps: () => ({ owner: {} }),
  look({ leaf }, _, { owner }) {
    const agent = leaf.agent?.id;
    const jkt = leaf.type === "attestation" || leaf.type === "token" ? leaf.body.jkt : undefined;
    if (agent === undefined || jkt === undefined) return undefined;
    if (leaf.type === "attestation" && leaf.body.verdict !== "accepted") return undefined;
    const first = owner[jkt] ?? agent;
    owner[jkt] = first;
    return first === agent ? { agent } : ofEach([agent, first], { breaks: "one key is used by two agents" });
  },
});
