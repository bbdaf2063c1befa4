import type { Control } from "../../fold/control.ts";
import type { Known } from "../../fold/known.ts";
import { leafControl } from "../../fold/leaf-control.ts";
import { chainOf } from "../../fold/learn.ts";
import { isMembers, type Members, member, textMember } from "../../fold/opened.ts";
import { isSampled, SAMPLE, sampleFigures } from "../../fold/sample.ts";
import { isSeen, own, type Seen } from "../../fold/seen.ts";
import { ofEach } from "../../fold/tally.ts";
import { claimsOf } from "../claims.ts";
import { DRAWN, GATE_WROTE } from "../vantage.ts";

/** DEL-02: the actors in a token are the agents it passed through by the log, in that order, and it began with a mandate. */
export const del02: Control = leafControl<{ opened: number }>({
  id: "DEL-02",
  reads: ["token"],
  of: "tokens whose chain was followed to its mandate",
  floor: 0.99,
  limits: SAMPLE,
  vantage: [
    GATE_WROTE,
    DRAWN,
    "Who the subject is was signed by the subject or asserted, as the mandate's leaf says.",
  ],
  keeps: () => ({ opened: 0 }),
  wants: (seen, limits) => (isSampled(seen, limits) ? [own(seen, "proof")] : []),
  look(seen, limits, kept) {
    if (!isSeen(seen, "token") || seen.leaf.agent === undefined) return undefined;
    const chain = ledgerChain(seen);
    const root = rootFault(seen);
    if (root !== undefined) return ofEach(chain, { breaks: root });
    if (!isSampled(seen, limits)) return undefined;
    const claims = claimsOf(seen.open(own(seen, "proof")));
    if (claims === undefined) return ofEach(chain, { undecided: true });
    kept.opened++;
    const isSame = matches(claims, chain, seen.known);
    return ofEach(chain, isSame ? {} : { breaks: "the actors in a token are not those it passed through" });
  },
  judge: (finding, { kept: { opened } }) => ({ ...finding, parameters: sampleFigures(opened) }),
});

function ledgerChain({ leaf, known }: Seen<"token">): readonly string[] {
  const { parent, mode } = leaf.body;
  const before = parent === undefined ? [] : (known.tokens[parent]?.chain ?? []);
  return chainOf(before, mode, leaf.agent?.id);
}

function rootFault({ leaf, known }: Seen<"token">): string | undefined {
  const decision = known.decisions[leaf.body.decision];
  if (decision === undefined) return "a token follows no permit";
  const mandate = decision.mandate === undefined ? undefined : known.mandates[decision.mandate];
  if (mandate === undefined) return "a token leads to no mandate";
  return mandate.txn === leaf.txn?.id ? undefined : "a token is of another transaction than its mandate";
}

function matches(claims: Members, chain: readonly string[], known: Known): boolean {
  const names = chain.map((ref) => known.agents[ref]?.id);
  // An agent that acts for itself is the subject, and stands in no chain.
  const wanted = textMember(claims, "sub_profile") === "ai_agent" ? names.slice(0, -1) : names;
  const found = actors(member(claims, "act"));
  return found.length === wanted.length && found.every((name, i) => name === wanted[i]);
}

function actors(act: unknown): readonly (string | undefined)[] {
  return isMembers(act) ? [textMember(act, "sub"), ...actors(member(act, "act"))] : [];
}
