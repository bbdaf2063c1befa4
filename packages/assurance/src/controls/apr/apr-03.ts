import type { Control } from "../../fold/control.ts";
import { leafControl } from "../../fold/leaf-control.ts";
import { isSeen, type Seen, type Want } from "../../fold/seen.ts";
import { agentOf, approvalsOf, decisionInputs, hasOperation, openDecision } from "../called.ts";
import { isReadOnly, reachesNoIrreversible } from "../reach.ts";
import { GATE_WROTE } from "../vantage.ts";

type Used = { by: { [entry: string]: true } };

/** APR-03: a signature is used for one place of one call, in its time, and never after a refusal. */
export const apr03: Control = leafControl<Used>({
  id: "APR-03",
  reads: ["dispatch"],
  of: "calls that rest on an approval",
  floor: 0.99,
  vantage: [
    GATE_WROTE,
    "That the executed arguments are the approved ones is recomputed by the offline verifier (E-31), which has the nonce.",
  ],
  keeps: () => ({ by: {} }),
  wants: wanted,
  look(seen, _, kept) {
    if (!isSeen(seen, "dispatch") || wanted(seen).length === 0) return undefined;
    const inputs = openDecision(seen);
    if (inputs === undefined) return { ...agentOf(seen), undecided: true };
    const entries = approvalsOf(inputs);
    if (entries.length === 0) return undefined;
    const isTwice = new Set(entries).size < entries.length;
    const fault = isTwice
      ? "one signature was used for two places of one call"
      : entries.map((entry) => faultOf(seen, entry, kept)).find((one) => one !== undefined);
    for (const entry of entries) kept.by[entry] = true;
    return fault === undefined ? agentOf(seen) : { ...agentOf(seen), breaks: fault };
  },
  judge: (finding, around) =>
    finding.population === 0 && reachesNoIrreversible(around)
      ? { ...finding, predicate: isReadOnly }
      : finding,
});

/**
 * A call rests on an approval of its own transaction. One that names another's is looked for where it would matter most:
 * at servers with an operation that cannot be undone.
 */
function wanted(seen: Omit<Seen, "open">): readonly Want[] {
  const isApproved = seen.known.approvedTxns[seen.leaf.txn?.id ?? ""] === true;
  const mayRest = isApproved || hasOperation(seen, ({ effect }) => effect === "irreversible");
  return mayRest ? decisionInputs(seen) : [];
}

function faultOf({ leaf, known }: Seen<"dispatch">, entry: string, { by }: Used): string | undefined {
  if (by[entry] === true) return "one signature was used for two calls";
  const approval = known.approvals[known.signatures[entry] ?? ""];
  if (approval === undefined) return "a call rests on a signature that is not in the log";
  if (approval.ended !== undefined) return `a call rests on an approval that was ${approval.ended}`;
  const at = known.decisions[leaf.body.decision]?.at ?? leaf.at;
  if (at > approval.notAfter) return "a call rests on an approval whose time was over";
  return approval.txn === leaf.txn?.id ? undefined : "a call rests on an approval for another transaction";
}
