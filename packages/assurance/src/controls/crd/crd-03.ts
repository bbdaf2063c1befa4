import type { Control } from "../../fold/control.ts";
import { leafControl } from "../../fold/leaf-control.ts";
import { isSeen } from "../../fold/seen.ts";
import { GATE_WROTE, NOT_BEYOND } from "../vantage.ts";

/** CRD-03: each permit for a presented token records the possession proof, and no proof is taken twice. */
export const crd03: Control = leafControl<{ last: string[]; seen: { [use: string]: true } }>({
  id: "CRD-03",
  reads: ["decision"],
  of: "permits that a token or a key was presented for",
  vantage: [GATE_WROTE, NOT_BEYOND],
  limits: { proofs_remembered: 4096 },
  keeps: () => ({ last: [], seen: {} }),
  look(seen, limits, kept) {
    if (!isSeen(seen, "decision")) return undefined;
    const { agent, body } = seen.leaf;
    if (body.verdict !== "permit" || agent === undefined || body.action === "mandate") return undefined;
    const { use } = body;
    // Of several questions that came in one request the first alone names its proof.
    if (use === undefined && body.action === "evaluate") return undefined;
    if (use === undefined)
      return { agent: agent.id, breaks: `a permit to ${body.action} records no possession proof` };
    const isTwice = kept.seen[use] === true;
    remember(kept, use, limits.proofs_remembered);
    return isTwice ? { agent: agent.id, breaks: "a possession proof was taken twice" } : { agent: agent.id };
  },
});

/** Proofs are good for seconds: the newest few thousand are all that could be taken again. */
function remember(kept: { last: string[]; seen: { [use: string]: true } }, use: string, most: unknown): void {
  kept.seen[use] = true;
  kept.last.push(use);
  if (typeof most !== "number" || kept.last.length < 2 * most) return;
  for (const old of kept.last.splice(0, most)) delete kept.seen[old];
}
