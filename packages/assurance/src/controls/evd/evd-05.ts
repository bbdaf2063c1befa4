import { findSecret } from "@narrowgate/contracts";
import type { Control } from "../../fold/control.ts";
import { leafControl } from "../../fold/leaf-control.ts";
import { member } from "../../fold/opened.ts";
import { isSampled, SAMPLE, sampleFigures } from "../../fold/sample.ts";
import { isSeen, own, type Seen } from "../../fold/seen.ts";
import { agentOf } from "../called.ts";
import { DRAWN, GATE_WROTE } from "../vantage.ts";

/** EVD-05: what is kept of requests holds nothing that looks like a secret. */
export const evd05: Control = leafControl<{ opened: number }>({
  id: "EVD-05",
  reads: ["decision"],
  of: "recorded requests that were searched for secrets",
  limits: SAMPLE,
  floor: 0.5,
  vantage: [
    GATE_WROTE,
    DRAWN,
    "Known forms of secrets are searched for; others, and personal data, are not. What was erased cannot be searched.",
  ],
  keeps: () => ({ opened: 0 }),
  wants: (seen, limits) => (isLooked(seen) && isSampled(seen, limits) ? [own(seen, "content")] : []),
  look(seen, limits, kept) {
    if (!isSeen(seen, "decision") || !isLooked(seen) || !isSampled(seen, limits)) return undefined;
    const request = member(seen.open(own(seen, "content")), "request");
    if (request === undefined) return { ...agentOf(seen), undecided: true };
    kept.opened++;
    const where = findSecret(member(request, "arguments"));
    return where === undefined
      ? agentOf(seen)
      : { ...agentOf(seen), breaks: "a recorded request holds a secret" };
  },
  judge: (finding, { kept: { opened } }) => ({ ...finding, parameters: sampleFigures(opened) }),
});

function isLooked({ leaf }: Pick<Seen, "leaf">): boolean {
  return leaf.type === "decision" && leaf.body.action === "call" && leaf.sealed?.content !== undefined;
}
