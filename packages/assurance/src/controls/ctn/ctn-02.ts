import type { Leaf } from "@narrowgate/contracts";
import { type Control, type Limits, numberLimit } from "../../fold/control.ts";
import type { Known } from "../../fold/known.ts";
import { leafControl } from "../../fold/leaf-control.ts";
import { inputAt, listMember } from "../../fold/opened.ts";
import { isSampled, SAMPLE } from "../../fold/sample.ts";
import { isSeen, own, type Seen, type Want } from "../../fold/seen.ts";
import type { Observation } from "../../fold/tally.ts";
import { agentOf } from "../called.ts";
import { DRAWN, DRILL_SAW, GATE_WROTE } from "../vantage.ts";

/** CTN-02: after a revocation nothing that rests on it is let through, and nothing past what is forbidden for a while. */
export const ctn02: Control = leafControl<{ permits: number }>({
  id: "CTN-02",
  reads: ["revocation", "overlay", "decision"],
  of: "revocations and overlays, and what was let through in spite of them",
  floor: 0.99,
  limits: { ...SAMPLE, within_s: 5 },
  vantage: [
    GATE_WROTE,
    DRILL_SAW,
    "Order is that of the log; how many seconds passed is by the gate's own clock.",
    DRAWN,
  ],
  keeps: () => ({ permits: 0 }),
  wants: (seen, limits) => inputsUnder(seen, limits).wants,
  look(seen, limits, kept) {
    if (isSeen(seen, "revocation")) return {};
    if (isSeen(seen, "overlay")) return seen.leaf.body.action === "put" ? {} : undefined;
    if (!isSeen(seen, "decision") || seen.leaf.body.verdict !== "permit") return undefined;
    kept.permits++;
    const fault = faultOf(seen.leaf, seen.known, limits);
    if (fault !== undefined) return { ...agentOf(seen), breaks: fault };
    return underOverlays(seen, limits);
  },
  judge: (finding, { kept: { permits } }) => ({ ...finding, parameters: { permits_compared: permits } }),
});

/** Overlays that a permit has to name, and where it names them; nothing where none stands, or it is not drawn. */
function inputsUnder(
  seen: Omit<Seen, "open">,
  limits: Limits,
): { readonly standing: readonly string[]; readonly wants: readonly Want[] } {
  const { leaf, known } = seen;
  const isPermit = leaf.type === "decision" && leaf.body.verdict === "permit";
  if (!isPermit || leaf.sealed?.inputs === undefined || !isSampled(seen, limits))
    return { standing: [], wants: [] };
  const standing = Object.keys(known.overlays).filter((entry) => leaf.at < (known.overlays[entry] ?? 0));
  return { standing, wants: standing.length === 0 ? [] : [own(seen, "inputs")] };
}

/** @see docs/spec/evidence.md E-37 */
function underOverlays(seen: Seen, limits: Limits): Observation | undefined {
  const { standing, wants } = inputsUnder(seen, limits);
  const [want] = wants;
  if (want === undefined) return undefined;
  const inputs = seen.open(want);
  if (inputs === undefined) return { ...agentOf(seen), undecided: true };
  const named = listMember({ named: inputAt(inputs, "/overlays") }, "named");
  if (standing.every((entry) => named.includes(entry))) return agentOf(seen);
  return { ...agentOf(seen), breaks: "a permit was given without what was forbidden over all policies" };
}

function faultOf({ at, body }: Leaf<"decision">, known: Known, limits: Limits): string | undefined {
  if (body.feed < known.feed) return "a permit did not know of a revocation before it";
  const epochs = body.token === undefined ? [] : (known.tokens[body.token]?.epochs ?? []);
  for (const [name, minted] of epochs) {
    const now = known.epochs[name];
    const isDead = now !== undefined && now.epoch > minted;
    if (isDead && at - now.at > numberLimit(limits, "within_s") * 1000)
      return `something was let through ${Math.round((at - now.at) / 1000)} s after it had been revoked`;
  }
  return undefined;
}
